import { foldName } from './fold-name.ts'
import { slipsBetween, slipsForgiven } from './slips.ts'

/** Words that names add or leave out. */
const FILLERS = new Set('the a of and at'.split(' '))
/** Words for kinds of places: alone they make no two names the same, and two different ones tell them apart. */
const KINDS = new Set('cafe bar restaurant hotel shop store park station museum church school pub'.split(' '))

/** Whether two names may be meant for one place: the same, but for slips, common words and what one of them adds. */
export function areAlike(one: string, other: string): boolean {
  const [a, b] = [foldName(one), foldName(other)]
  if (a === '' || b === '') return one.trim() === other.trim()
  if (a === b) return true
  const [kindsOfA, kindsOfB] = [kindsIn(a), kindsIn(b)]
  if (kindsOfA.length > 0 && kindsOfB.length > 0 && !kindsOfA.some((kind) => kindsOfB.includes(kind))) return false
  // Gate 1 is not gate 2.
  if (numbersIn(a) !== numbersIn(b)) return false
  const [first, second] = [telling(a), telling(b)]
  if (first === '' || second === '') return false
  const [short, long] = first.length <= second.length ? [first, second] : [second, first]
  if (short.length >= 3 && ` ${long} `.includes(` ${short} `)) return true
  const allowed = slipsForgiven(short.length)
  return slipsBetween(first, second, allowed) <= allowed
}

function kindsIn(folded: string): readonly string[] {
  return folded.split(' ').filter((word) => KINDS.has(word))
}

function numbersIn(folded: string): string {
  return (folded.match(/\p{N}+/gu) ?? []).join(' ')
}

function telling(folded: string): string {
  return folded
    .split(' ')
    .filter((word) => !FILLERS.has(word) && !KINDS.has(word))
    .join(' ')
}
