/** So many slips of the keyboard are forgiven in a word or name of at least so many letters. */
const SLIPS = [
  { letters: 8, slips: 2 },
  { letters: 4, slips: 1 },
]

/** Gate 1 is not gate 2; and of signs that are words each, another one is another word. */
const EXACT = /[\p{N}\p{Script=Han}]/u

/** How many slips are forgiven in this many letters. */
export function slipsForgiven(letters: number): number {
  return SLIPS.find((each) => letters >= each.letters)?.slips ?? 0
}

/** How many slips are forgiven in a word that somebody looks for; none in one with digits or Chinese characters. */
export function slipsForgivenIn(word: string): number {
  const forgiven = slipsForgiven(word.length)
  return forgiven > 0 && EXACT.test(word) ? 0 : forgiven
}

/**
 * Letters to add, leave out, change or swap with the next (the optimal string alignment of Damerau and Levenshtein)
 * until `typed` is `meant`; more than `most` is said as `most + 1`.
 */
export function slipsBetween(typed: string, meant: string, most: number): number {
  if (Math.abs(typed.length - meant.length) > most) return most + 1
  const row = lastRow(typed, meant, most)
  return row === undefined ? most + 1 : row[meant.length]!
}

/** The same until `typed` is some beginning of `meant`, which may be longer. */
export function slipsToBeginning(typed: string, meant: string, most: number): number {
  const row = lastRow(typed, meant.slice(0, typed.length + most), most)
  return row === undefined ? most + 1 : Math.min(...row)
}

/** The slips from all of `typed` to each beginning of `meant`; nothing where all are past `most`. */
function lastRow(typed: string, meant: string, most: number): readonly number[] | undefined {
  let beforeLast: number[] = []
  let last = Array.from({ length: meant.length + 1 }, (_, at) => at)
  for (let i = 1; i <= typed.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= meant.length; j++) {
      const change = last[j - 1]! + (typed[i - 1] === meant[j - 1] ? 0 : 1)
      let slips = Math.min(change, last[j]! + 1, row[j - 1]! + 1)
      if (i > 1 && j > 1 && typed[i - 1] === meant[j - 2] && typed[i - 2] === meant[j - 1])
        slips = Math.min(slips, beforeLast[j - 2]! + 1)
      least = Math.min(least, slips)
      row.push(slips)
    }
    if (least > most) return undefined
    beforeLast = last
    last = row
  }
  return last.map((slips) => Math.min(slips, most + 1))
}
