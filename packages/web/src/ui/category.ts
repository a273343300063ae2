import { category, type CategoryId, type Icon } from '@waypost/lexicon/categories'
import { startTransition, useEffect, useState } from 'react'
import { t } from '../language/language.ts'

/**
 * What a category id looks like. Ids are dotted, from the general to the special (`food.cafe`); foreign ones come as
 * `amenity=cafe` or as words. The most special part that is known decides, then the next; what nobody knows is a plain
 * pin, so a category that a newer server adds still shows something true.
 *
 * What is said in our own ids is known at once; other names are learnt a moment after the page, with the icons.
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

type CategoryOf = (said: string) => string | undefined

let categoryOf: CategoryOf | undefined
/** How often more has become known of how categories look. */
let learnt = 0
const listeners = new Set<() => void>()

/** Knows other names than our own from now on. */
export function learnNames(known: CategoryOf): void {
  categoryOf = known
  redrawCategories()
}

export function redrawCategories(): void {
  learnt++
  for (const listener of listeners) listener()
}

/** Draws a component anew, when there is time for it, once more is known of how categories look. */
export function useCategories(): void {
  const [, setKnown] = useState(learnt)
  useEffect(() => {
    const listener = () => startTransition(() => setKnown(learnt))
    listeners.add(listener)
    // What became known since it was drawn.
    listener()
    return () => {
      listeners.delete(listener)
    }
  }, [])
}

function idOf(said: string): string | undefined {
  return categoryOf === undefined ? category(said)?.id : categoryOf(said)
}

const unknown = (label = t.plainPlace): CategoryLook => ({ glyph: 'pin', family: 'place', label })

/** How to show a category; a place without one is a plain place. */
export function categoryLook(said: string | undefined): CategoryLook {
  if (said === undefined || said === '') return unknown()
  const known = category(idOf(said))
  const last = said
    .split(/[.=:/>]+/)
    .map((word) => word.trim().replaceAll(/[\s_-]+/g, ' '))
    .findLast((word) => word !== '')
  const named = last === undefined || isVague(last) ? undefined : spoken(last)
  if (known === undefined) return unknown(named)
  const look: CategoryLook = {
    glyph: known.icon,
    family: FAMILIES[known.id.split('.')[0]!] ?? 'place',
    label: t.categories[known.id as CategoryId],
  }
  // The look of what is known, but the word itself for a label: an unknown kind of food is still named.
  return named === undefined || idOf(last!) !== undefined ? look : { ...look, label: named }
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
