import { placeNameKey } from '#project/place-id.ts'

/** Letters that people type without the stroke, and that no decomposition takes apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ŋ: 'n',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  þ: 'th',
}

/** Apostrophes of all kinds, and the selectors that only change how the sign before them is drawn. */
const UNSPOKEN = /['’‘ʻʼ`´]|\p{Variation_Selector}/gu

/**
 * A name as it is looked up: lower case, without diacritics, one space between words, apostrophes closed up, so that
 * `nukualofa` finds Nuku‘alofa and `tromso` Tromsø. Empty where there is no letter or digit.
 */
export function foldName(text: string): string {
  const key = placeNameKey(text.replace(UNSPOKEN, ''))
  return key
    .replaceAll('-', ' ')
    .replace(/[øłđðħŋıæœßþ]/g, (letter) => PLAIN[letter]!)
    .trim()
}
