import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '@waypost/kernel'
import { JSON_HEADERS } from './short-way.ts'

/**
 * Keeps a server on this side of what it can answer. In: how long the turns of this thread are, and how many read in each.
 * Out: whether a read is refused, which costs a fiftieth of an answer. Promise: where more is asked than can be answered, a
 * part of it is refused at once and the rest is answered, instead of all of it later and later; what writes, signs in or is
 * live is never refused here.
 */
export interface Overload extends Disposable {
  /** Answers whoever reads that they come again, where that is needed; false: nothing was done. */
  refuse(request: IncomingMessage, response: ServerResponse): boolean
  /** Of the reads, 0 to 1. */
  readonly refusedShare: number
}

export interface OverloadEvents {
  readRefused(): void
  /** Reads are refused from now on, or no more. */
  overloaded(isSo: boolean): void
}

const LOOK_MS = 20
/** A turn that takes so long is full: others wait where this thread does not see them, in their connections. */
export const FULL_MS = 100
/** … and until those are gone, one that takes so long. */
const STILL_FULL_MS = 40
/** Where fewer read in it, it is something else that takes the time, and refusing them would not help. */
export const READS_MIN = 24
/** Whatever holds a thread up for a moment fills the turns after it; nothing but full turns for so long is an overload. */
export const FULL_FOR_MS = 3_000
/** Some are always let in: so it is seen when there is room again. */
const SHARE_MAX = 0.95
/** Of the share, a second. */
const UP = 0.3
const DOWN = 0.1

const REFUSAL = JSON.stringify({ error: 'Overloaded', message: 'this server is asked for too much: try again soon' })
const HEADERS = [...JSON_HEADERS, 'content-length', String(Buffer.byteLength(REFUSAL)), 'retry-after', '2']

export function watchOverload(world: Pick<World, 'clock' | 'random' | 'timers'>, events: OverloadEvents): Overload {
  const { clock, random } = world
  let lookedMs = clock.elapsed()
  let fullSinceMs: number | undefined
  let reads = 0
  let share = 0

  function setShare(wanted: number): void {
    const next = Math.max(0, Math.min(SHARE_MAX, wanted))
    if (next > 0 !== share > 0) events.overloaded(next > 0)
    share = next
  }

  const looking = world.timers.every(LOOK_MS, () => {
    const nowMs = clock.elapsed()
    const turnMs = nowMs - lookedMs
    const isFull = turnMs >= (share > 0 ? STILL_FULL_MS : FULL_MS) && reads >= READS_MIN
    const seconds = Math.min(FULL_FOR_MS, turnMs) / 1_000
    fullSinceMs = isFull ? (fullSinceMs ?? lookedMs) : undefined
    lookedMs = nowMs
    reads = 0
    if (fullSinceMs === undefined) setShare(share - DOWN * seconds)
    else if (share > 0 || nowMs - fullSinceMs >= FULL_FOR_MS) setShare(share + UP * seconds)
  })

  return {
    get refusedShare() {
      return share
    },
    refuse({ method, url = '' }, response) {
      if (method !== 'GET' || !url.startsWith('/xrpc/')) return false
      reads++
      if (share === 0 || random.fraction() >= share) return false
      response.writeHead(503, HEADERS).end(REFUSAL)
      events.readRefused()
      return true
    },
    [Symbol.dispose]: () => looking[Symbol.dispose](),
  }
}
