import type { Facet } from '../views.ts'

/** A stretch of text, plain or with one meaning. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string; readonly did: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'tag'; readonly text: string; readonly tag: string }

/**
 * Cuts a text by its facets, which count UTF-8 bytes. Facets come from strangers: one that is out of range, empty, cuts
 * a character in two, overlaps an earlier one or means nothing that we know is ignored, and its text stays plain. All
 * segments together are always exactly the text.
 */
export function segments(text: string, facets: readonly Facet[] = []): Segment[] {
  if (facets.length === 0) return text === '' ? [] : [{ kind: 'text', text }]
  const utf8 = new TextEncoder().encode(text)
  const decoder = new TextDecoder()
  const slice = (start: number, end: number) => decoder.decode(utf8.subarray(start, end))
  const out: Segment[] = []
  let at = 0
  for (const { index, features } of facets.toSorted(byStart)) {
    const { byteStart, byteEnd } = index
    if (byteStart < at || byteEnd <= byteStart || byteEnd > utf8.length) continue
    if (!isBoundary(utf8, byteStart) || !isBoundary(utf8, byteEnd)) continue
    const meaning = features.map((feature) => meaningOf(feature, slice(byteStart, byteEnd))).find((found) => found)
    if (meaning === undefined) continue
    if (byteStart > at) out.push({ kind: 'text', text: slice(at, byteStart) })
    out.push(meaning)
    at = byteEnd
  }
  if (at < utf8.length) out.push({ kind: 'text', text: slice(at, utf8.length) })
  return out
}

/** The address where it is one of the web, else undefined: no javascript:, no data:. */
export function webAddress(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const { protocol, href } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}

function meaningOf(feature: Facet['features'][number], text: string): Segment | undefined {
  const { $type, did, uri, tag } = feature as { $type?: string; did?: unknown; uri?: unknown; tag?: unknown }
  if ($type === 'app.bsky.richtext.facet#mention' && typeof did === 'string' && did.startsWith('did:')) {
    return { kind: 'mention', text, did }
  }
  const href = $type === 'app.bsky.richtext.facet#link' ? webAddress(uri) : undefined
  if (href !== undefined) return { kind: 'link', text, href }
  if ($type === 'app.bsky.richtext.facet#tag' && typeof tag === 'string') return { kind: 'tag', text, tag }
  return undefined
}

/** The order in which facets are read. */
export function byStart(a: Facet, b: Facet): number {
  return a.index.byteStart - b.index.byteStart
}

/** Whether a character begins here: a UTF-8 continuation byte is 10xxxxxx. */
function isBoundary(utf8: Uint8Array, at: number): boolean {
  return at === utf8.length || ((utf8[at] ?? 0) & 0xc0) !== 0x80
}
