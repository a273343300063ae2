import type { World } from '@waypost/kernel'

/**
 * Messages that a stream has not answered yet. In: each that is sent, and each answer. Out: which of them are lost, so
 * that they are sent again long before their time is up. A stream answers in the order in which it was told: whoever was
 * overtaken was lost with the leader that they were told to. Where nothing is answered at all, one is sent again now and
 * then, for the next leader to answer.
 */
export interface Unanswered extends Disposable {
  send(): OnItsWay
}

export interface OnItsWay {
  /** Resolves where it is to be sent again; maybe never. It may have been stored all the same. */
  readonly lost: Promise<'lost'>
  answered(): void
  /** Nobody waits for it any more. */
  over(): void
}

/** Answers to messages that are sent at the same moment may come in any order. */
export const OVERTAKEN_MS = 1_000
/** Where disks are slow, answers take longer: then one message too many is sent every so often. */
export const SILENT_MS_MAX = 1_500
const LOOK_MS = 250

interface Waiting {
  readonly sentMs: number
  readonly lose: () => void
}

export function createUnanswered({ clock, timers }: Pick<World, 'clock' | 'timers'>): Unanswered {
  /** Those sent first come first. */
  const waiting = new Set<Waiting>()
  let heardMs = clock.elapsed()

  function lose(one: Waiting): void {
    waiting.delete(one)
    one.lose()
  }

  const looking = timers.every(LOOK_MS, () => {
    const [first] = waiting
    const nowMs = clock.elapsed()
    if (first === undefined || nowMs - Math.max(first.sentMs, heardMs) < SILENT_MS_MAX) return
    // The next one is due as long after this one.
    heardMs = nowMs
    lose(first)
  })

  return {
    send() {
      const { promise: lost, resolve } = Promise.withResolvers<'lost'>()
      const own = { sentMs: clock.elapsed(), lose: () => resolve('lost') }
      waiting.add(own)
      return {
        lost,
        answered() {
          waiting.delete(own)
          heardMs = clock.elapsed()
          for (const one of waiting) {
            if (one.sentMs + OVERTAKEN_MS > own.sentMs) break
            lose(one)
          }
        },
        over: () => void waiting.delete(own),
      }
    },
    [Symbol.dispose]: () => looking[Symbol.dispose](),
  }
}
