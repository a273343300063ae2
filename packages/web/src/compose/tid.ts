const ALPHABET = '234567abcdefghijklmnopqrstuvwxyz'
const CLOCK_IDS = 1_024

/**
 * A record key chosen here, so that sending the same check-in twice writes it once: a TID (atproto.com/specs/tid), 53
 * bits of microseconds since 1970 and 10 bits that name the clock.
 */
export function tid(nowMs: number, fraction: number): string {
  const clockId = Math.min(CLOCK_IDS - 1, Math.floor(fraction * CLOCK_IDS))
  let value = (BigInt(Math.floor(nowMs * 1_000)) << 10n) | BigInt(clockId)
  let text = ''
  for (let place = 0; place < 13; place++) {
    text = (ALPHABET[Number(value & 31n)] ?? '2') + text
    value >>= 5n
  }
  return text
}
