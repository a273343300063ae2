export const PAPER_FILE = 'docs/paper/waypost.pdf'

const STAMP = /%waypost-source ([0-9a-f]{64})\n$/

/** Pages of a PDF as Chromium writes it, whose objects of pages are not compressed. */
export function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0
}

/** With a comment at its end, which readers pass over, that tells from what it was made. */
export function stamped(pdf: Buffer, digest: string): Buffer {
  return Buffer.concat([pdf, Buffer.from(`\n%waypost-source ${digest}\n`)])
}

/** The digest of what it was made from; undefined where it tells none. */
export function sourceOf(pdf: Buffer): string | undefined {
  return STAMP.exec(pdf.subarray(-200).toString('latin1'))?.[1]
}
