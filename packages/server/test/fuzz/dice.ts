import { simWorld } from '@waypost/kernel/sim'

/** Choices that follow from a seed and a turn alone: any turn of a campaign can be thrown again by itself. */
export interface Dice {
  /** An integer in [0, count). */
  below(count: number): number
  one<T>(choices: readonly T[]): T
  /** True in so large a share of all cases. */
  chance(share: number): boolean
  /** Mostly 1, seldom up to `max`: each further one half as likely. */
  few(max: number): number
  bytes(count: number): Buffer
}

export function diceOf(seed: number, turn: number): Dice {
  // Neighbouring turns must not throw alike, so both numbers are spread over all bits before they meet.
  const state = Math.imul(seed + 1, 0x9e37_79b1) ^ Math.imul(turn + 1, 0x85eb_ca6b)
  const { random } = simWorld({ seed: state })
  const below = (count: number): number => Math.floor(random.fraction() * count)
  return {
    below,
    one: (choices) => choices[below(choices.length)]!,
    chance: (share) => random.fraction() < share,
    few(max) {
      let count = 1
      while (count < max && random.fraction() < 0.5) count++
      return count
    },
    bytes: (count) => Buffer.from(random.bytes(count)),
  }
}
