import type { Random } from '@waypost/kernel'
import { isDeepStrictEqual } from 'node:util'
import { roll } from '../time/dice.ts'
import { apply, keyOf, type Service, type Written } from './key-value.ts'

/** How many states are remembered. */
const STATES = 32

/**
 * A sequentially consistent map. A request first runs on a random state between the last one that its sender saw and
 * the newest; if it changes nothing there, that answer stands. Else it runs on the newest state, and makes another.
 * So updates are never lost, reads may be old, and nobody goes back in time.
 */
export function seqKv(random: Random): Service {
  /** Per key what was written, oldest first, each with the number of the state that it made. */
  const versions = new Map<string, { readonly state: number; readonly written: Written }[]>()
  const lastSeen = new Map<string, number>()
  let newest = 0

  function at(key: string, state: number): Written | undefined {
    return versions.get(key)?.findLast((version) => version.state <= state)?.written
  }

  function write(key: string, written: Written): void {
    newest++
    const ofKey = versions.get(key) ?? []
    ofKey.push({ state: newest, written })
    // One version from before the oldest remembered state is that state's own.
    while (ofKey.length > 1 && ofKey[1]!.state <= newest - STATES + 1) ofKey.shift()
    versions.set(key, ofKey)
  }

  return (request, sender) => {
    const key = keyOf(request['key'])
    const oldest = Math.max(lastSeen.get(sender) ?? 0, newest - STATES + 1, 0)
    const state = oldest + roll(random, newest - oldest + 1)
    const seen = at(key, state)
    const effect = apply(request, seen)
    if (!effect) return undefined
    if (!effect.written || (seen && isDeepStrictEqual(seen.value, effect.written.value))) {
      lastSeen.set(sender, state)
      return effect.answer
    }
    const latest = apply(request, at(key, newest))!
    if (latest.written) write(key, latest.written)
    lastSeen.set(sender, newest)
    return latest.answer
  }
}
