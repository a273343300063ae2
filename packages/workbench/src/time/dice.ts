import { createHash } from 'node:crypto'
import { assert, type Random } from '@waypost/kernel'
import { seededRandom } from '@waypost/kernel/sim'

/** Dice for one purpose: what one part of a run rolls does not change what another part rolls. */
export function diceFor(seed: number, purpose: string): Random {
  return seededRandom(createHash('sha256').update(`${seed}/${purpose}`).digest().readUInt32LE(0))
}

/** An integer in [0, below). */
export function roll(random: Random, below: number): number {
  return Math.floor(random.fraction() * below)
}

export function pick<T>(random: Random, from: readonly T[]): T {
  assert(from.length > 0, 'there is something to pick from')
  return from[roll(random, from.length)]!
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const copy = [...items]
  for (let at = copy.length - 1; at > 0; at--) {
    const other = roll(random, at + 1)
    ;[copy[at], copy[other]] = [copy[other]!, copy[at]!]
  }
  return copy
}
