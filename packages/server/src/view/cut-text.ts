/** One for all: making a segmenter costs more than using it. */
const SEGMENTER = new Intl.Segmenter()

/** At most so many bytes of UTF-8 and graphemes: the text whole, or cut at a grapheme. */
export function cutText(text: string, limit: { readonly bytes: number; readonly graphemes: number }): string {
  // A UTF-16 unit is 3 bytes at most, and no grapheme is shorter than one.
  if (text.length <= limit.graphemes && text.length * 3 <= limit.bytes) return text
  let bytes = 0
  let graphemes = 0
  let cut = ''
  for (const { segment } of SEGMENTER.segment(text)) {
    bytes += Buffer.byteLength(segment)
    graphemes += 1
    if (bytes > limit.bytes || graphemes > limit.graphemes) return cut
    cut += segment
  }
  return cut
}
