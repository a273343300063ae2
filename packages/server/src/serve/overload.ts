import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '@waypost/kernel'
import { SECURITY_HEADERS } from './headers.ts'
import { QUERY_HEADERS } from './xrpc/adapter.ts'

/**
 * Keeps a server on this side of what it can answer. In: how late this thread comes to its own timer, which is what every
 * request waits at the least. Out: whether a read is refused, which costs a fiftieth of an answer. Promise: where more is
 * asked than can be answered, a part of it is refused at once and the rest is answered in about `LATE_MS`, instead of all
 * of it later and later; what writes, signs in or is live is never refused here.
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

const LOOK_MS = 50
/** So late is late: people notice it, and nobody of a few does. */
export const LATE_MS = 250
/** One long turn is no overload; late at every look for so long is. */
export const LATE_FOR_MS = 1_000
/** Where fewer ask between two looks, it is something else that takes the time, and refusing them would not help. */
export const ASKED_MIN = 32
/** Some are always let in: so it is seen when there is room again. */
const SHARE_MAX = 0.95
const SHARE_UP = 0.05
const SHARE_DOWN = 0.005

const REFUSAL = JSON.stringify({ error: 'Overloaded', message: 'this server is asked for too much: try again soon' })
const HEADERS = Object.entries({
  ...SECURITY_HEADERS,
  ...QUERY_HEADERS,
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(REFUSAL)),
  'retry-after': '2',
}).flat()

export function watchOverload(world: Pick<World, 'clock' | 'random' | 'timers'>, events: OverloadEvents): Overload {
  const { clock, random } = world
  let lookedMs = clock.elapsed()
  let lateSinceMs: number | undefined
  let asked = 0
  let share = 0

  function setShare(wanted: number): void {
    const next = Math.max(0, Math.min(SHARE_MAX, wanted))
    if (next > 0 !== share > 0) events.overloaded(next > 0)
    share = next
  }

  const looking = world.timers.every(LOOK_MS, () => {
    const nowMs = clock.elapsed()
    const lateMs = nowMs - lookedMs - LOOK_MS
    const isLate = lateMs >= LATE_MS && asked >= ASKED_MIN
    lookedMs = nowMs
    asked = 0
    if (!isLate) {
      lateSinceMs = undefined
      setShare(share - SHARE_DOWN)
      return
    }
    lateSinceMs ??= nowMs - lateMs
    // Refusing takes effect with the next turn only: the later it is, the more at once.
    if (share > 0 || nowMs - lateSinceMs >= LATE_FOR_MS) setShare(share + SHARE_UP * (lateMs / LATE_MS))
  })

  return {
    get refusedShare() {
      return share
    },
    refuse({ method, url = '' }, response) {
      if (method !== 'GET' || !url.startsWith('/xrpc/')) return false
      asked++
      if (share === 0 || random.fraction() >= share) return false
      response.writeHead(503, HEADERS).end(REFUSAL)
      events.readRefused()
      return true
    },
    [Symbol.dispose]: () => looking[Symbol.dispose](),
  }
}
