import { foldName } from './directory/fold-name.ts'

/** Words that names add or leave out. */
const FILLERS = new Set('the a of and at'.split(' '))
/** Words for kinds of places: alone they make no two names the same, and two different ones tell them apart. */
const KINDS = new Set('cafe bar restaurant hotel shop store park station museum church school pub'.split(' '))
/** So many slips of the keyboard are forgiven in a name of at least so many letters. */
const SLIPS = [
  { letters: 8, slips: 2 },
  { letters: 4, slips: 1 },
]

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
  const allowed = SLIPS.find(({ letters }) => short.length >= letters)?.slips ?? 0
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

/**
 * Letters to add, leave out, change or swap with the next (the optimal string alignment of Damerau and Levenshtein);
 * more than `most` is said as `most + 1`.
 */
function slipsBetween(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(change, last[j]! + 1, row[j - 1]! + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, beforeLast[j - 2]! + 1)
      row.push(least)
    }
    if (Math.min(...row) > most) return most + 1
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
