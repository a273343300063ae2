/** Signs of scripts that put no spaces between words: each is a word, and words in a row are a phrase. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu

/** Letters that people type without the stroke, and that no decomposition takes apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  þ: 'th',
}

/**
 * Text as it is searched: lower case, without diacritics, nothing but words with one space between them. The same for
 * what is kept and for what is asked.
 */
export function foldText(text: string): string {
  const folded = /^[ -~]*$/.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/[\u0300-\u036f]/g, '')
        .normalize('NFKC')
        .toLowerCase()
        .replace(/[øłđðıæœßþ]/g, (letter) => PLAIN[letter]!)
  return folded
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim()
}

/** What the index of words is given. */
export function indexedText(text: string): string {
  return foldText(text).replace(UNSPACED, ' $& ')
}

const WORDS_MAX = 10

/**
 * The question to an FTS5 index of `indexedText`: all words, the last one by its beginning, or each of them; words beyond
 * the tenth are not asked for. Undefined where there is no word.
 */
export function matchText(text: string, by: 'last' | 'each' = 'last'): string | undefined {
  const words = foldText(text)
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, WORDS_MAX)
  if (words.length === 0) return undefined
  const phrases = words.map((word) => `"${word.replace(UNSPACED, ' $& ').trim()}"`)
  return by === 'each' ? phrases.map((phrase) => `${phrase}*`).join(' ') : `${phrases.join(' ')}*`
}
