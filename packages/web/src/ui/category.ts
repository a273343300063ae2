import { category, categoryOf, type Icon } from '@waypost/lexicon/categories'

/**
 * What a category id looks like. Ids are dotted, from the general to the special (`food.cafe`); foreign ones come as
 * `amenity=cafe` or as words. The most special part that is known decides, then the next; what nobody knows is a plain
 * pin, so a category that a newer server adds still shows something true.
 */

export type Glyph = Icon

/** Families share a hue, so that a list can be read by colour as well. */
export type Family = 'food' | 'night' | 'nature' | 'culture' | 'travel' | 'shop' | 'sport' | 'care' | 'civic' | 'place'

export interface CategoryLook {
  readonly glyph: Glyph
  readonly family: Family
  readonly label: string
}

/** By the group of the set that a category is in. */
const FAMILIES: Readonly<Record<string, Family>> = {
  food: 'food',
  nightlife: 'night',
  nature: 'nature',
  culture: 'culture',
  travel: 'travel',
  shop: 'shop',
  sport: 'sport',
  care: 'care',
  civic: 'civic',
}

const UNKNOWN: CategoryLook = { glyph: 'pin', family: 'place', label: 'Place' }

/** How to show a category; a place without one is a plain place. */
export function categoryLook(said: string | undefined): CategoryLook {
  if (said === undefined || said === '') return UNKNOWN
  const known = category(categoryOf(said))
  const last = said
    .split(/[.=:/>]+/)
    .map((word) => word.trim().replaceAll(/[\s_-]+/g, ' '))
    .findLast((word) => word !== '')
  const named = last === undefined || isVague(last) ? undefined : spoken(last)
  if (known === undefined) return named === undefined ? UNKNOWN : { ...UNKNOWN, label: named }
  const look: CategoryLook = {
    glyph: known.icon,
    family: FAMILIES[known.id.split('.')[0]!] ?? 'place',
    label: known.label,
  }
  // The look of what is known, but the word itself for a label: an unknown kind of food is still named.
  return named === undefined || categoryOf(last) !== undefined ? look : { ...look, label: named }
}

/** A choice for a place that no dataset has: few, plain, and each is an id of Waypost. */
export const CATEGORY_CHOICES: readonly string[] = [
  'food.cafe',
  'food.restaurant',
  'nightlife.bar',
  'nature.park',
  'nature.viewpoint',
  'nature.beach',
  'culture.museum',
  'culture.landmark',
  'culture.music_venue',
  'shop.market',
  'shop',
  'sport.gym',
  'travel.station',
  'travel.hotel',
  'civic.school',
  'civic.office',
]

function isVague(given: string): boolean {
  const word = given.toLowerCase()
  return word === 'other' || word === 'yes' || word === 'unknown' || word === 'general' || /^\d/.test(word)
}

function spoken(word: string): string {
  const text = word.toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}
