import { assert } from './assert.ts'
import type { World } from './world.ts'

/**
 * Timestamp identifiers of the AT Protocol (atproto.com/specs/tid): 13 characters of base32-sortable; 53 bits of
 * microseconds since 1970, then 10 bits that name the clock.
 */
export type Tid = string

const ALPHABET = '234567abcdefghijklmnopqrstuvwxyz'
const TID = /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/
const CLOCK_IDS = 1_024
const DIGIT_2 = 50
const LETTER_A = 97

export function isTid(text: string): text is Tid {
  return TID.test(text)
}

/** The time inside, in microseconds since 1970. */
export function tidMicros(tid: Tid): number {
  assert(isTid(tid), 'a TID has 13 characters of base32-sortable')
  let micros = 0
  // The last two letters are the clock's.
  for (let place = 0; place < 11; place++) {
    const code = tid.charCodeAt(place)
    micros = micros * 32 + (code < LETTER_A ? code - DIGIT_2 : code - LETTER_A + 6)
  }
  return micros
}

/** The TID of a time (microseconds since 1970, an integer) and a clock id (0 to 1,023). */
export function tidFrom(micros: number, clockId: number): Tid {
  assert(Number.isSafeInteger(micros) && micros >= 0, 'microseconds are a safe, positive integer')
  assert(clockId >= 0 && clockId < CLOCK_IDS, 'a clock id has 10 bits')
  let value = (BigInt(micros) << 10n) | BigInt(clockId)
  let tid = ''
  for (let place = 0; place < 13; place++) {
    tid = ALPHABET[Number(value & 31n)] + tid
    value >>= 5n
  }
  return tid
}

/** Hands out TIDs that rise strictly, also while the machine's clock steps back. Unique across clocks by clock id. */
export function tidClock(world: World, clockId = Math.floor(world.random.fraction() * CLOCK_IDS)): () => Tid {
  let last = 0
  return () => {
    last = Math.max(last + 1, Math.floor(world.clock.now() * 1_000))
    return tidFrom(last, clockId)
  }
}
