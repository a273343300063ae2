/** How many characters a person would count: flags, families and accents are one each. */
export function graphemes(text: string): number {
  // ASCII is the common case and the only one where code units are characters, line ends (CR LF) aside.
  if (/^[\x20-\x7e\n]*$/.test(text)) return text.length
  let count = 0
  for (const _ of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) count++
  return count
}
