import { foldName, nameForms } from './fold-name.ts'
import { slipsForgivenIn, slipsToBeginning } from './slips.ts'

/** Words of a text past these are not looked at. */
const WORDS_MAX = 8

/** A text that somebody looks for, word by word, each in the ways in which it may be written; all words have as many. */
export type AskedWords = readonly (readonly string[])[]

/** What of a place decides whether a text means it. */
export interface Named {
  /** As of `nameForms`. */
  readonly forms: readonly string[]
  /** Folded: country, region and town. */
  readonly area: string
}

/** How well a place fits that has the words in a name of which no more is known, such as one in another language. */
export const OTHER_NAME_FIT = 0.7

/** Where fewer places fit what was typed, and none is called so, what may have been meant is worth looking for. */
const ENOUGH = 5

/** Each slip of the keyboard halves how well a name fits. */
export const SLIP_SHARE = 0.5

export function askedWords(text: string): AskedWords {
  const [plain = [], ...others] = nameForms(text).map((form) => form.split(' ').filter((word) => word !== ''))
  return plain.slice(0, WORDS_MAX).map((word, at) => {
    const written = others.flatMap((words) => words[at] ?? [])
    return [word, ...written.filter((other) => other !== word)]
  })
}

/**
 * How well a name fits the words, 0 (not at all) to 1 (it is the name): each word begins a word of the name or the area,
 * and at least one begins a word of the name. Whole comes before beginning before anywhere in it. With `slips`, words
 * that are mistyped fit too, by half for each slip.
 */
export function fitOf(words: AskedWords, { forms, area }: Named, { slips }: { readonly slips: boolean }): number {
  let best = 0
  for (const form of forms) best = Math.max(best, fitOfForm(words, form, { area, slips }))
  return best
}

export function namedOf(place: {
  readonly name: string
  readonly address?: { readonly country?: string; readonly region?: string; readonly locality?: string } | undefined
}): Named {
  const { country = '', region = '', locality = '' } = place.address ?? {}
  return { forms: nameForms(place.name), area: foldName([locality, region, country].join(' ')) }
}

/** Whether places that fit a text so well are too little of an answer. */
export function isPoor(fits: Iterable<number>): boolean {
  const all = Array.from(fits)
  return all.length < ENOUGH && !all.includes(1)
}

function fitOfForm(words: AskedWords, form: string, { area, slips }: { area: string; slips: boolean }): number {
  const said: string[] = []
  let share = 1
  for (const ways of words) {
    // The written-out way is the longer one.
    const exact = ways.findLast((way) => begins(form, way))
    if (exact !== undefined) {
      said.push(exact)
      continue
    }
    if (ways.some((way) => begins(area, way))) continue
    const mended = slips ? mend(ways, form) : undefined
    if (mended === undefined) return 0
    said.push(mended.word)
    share *= SLIP_SHARE ** mended.slips
  }
  return said.length === 0 ? 0 : share * fitOfSaid(said.join(' '), form) * (0.8 + (0.2 * said.length) / words.length)
}

function fitOfSaid(said: string, form: string): number {
  if (form === said) return 1
  return (form.startsWith(said) ? 0.6 : 0.4) + 0.2 * Math.min(1, said.length / Math.max(1, form.length))
}

/** The word of the name, or the beginning of one, that was meant, and by how many slips it was missed. */
function mend(ways: readonly string[], form: string): { readonly word: string; readonly slips: number } | undefined {
  let best: { readonly word: string; readonly slips: number } | undefined
  for (const way of ways) {
    const most = slipsForgivenIn(way)
    if (most === 0) continue
    for (const word of form.split(' ')) {
      if (word.length < way.length - most) continue
      const slips = slipsToBeginning(way, word, Math.min(most, (best?.slips ?? most + 1) - 1))
      if (slips > most || (best !== undefined && slips >= best.slips)) continue
      const isWhole = word.length <= way.length + most
      best = { word: isWhole ? word : word.slice(0, way.length), slips }
    }
  }
  return best
}

function begins(text: string, word: string): boolean {
  return text.startsWith(word) || text.includes(` ${word}`)
}
