import { refuse, type Result, type World } from '@waypost/kernel'
import type { PdsFault } from '#wire/repo.ts'

/**
 * How hosts are asked: again where they are away, and no sooner than they say.
 * Promise: a host that wants to be left alone is, by everybody here; and one that is away costs a few questions, not
 * one for each person on it.
 */
export interface Pace {
  /** The answer; 'unreachable' once `triesMax` tries have come to nothing, and at once where the host rests. */
  ask<T>(
    host: string,
    question: () => Promise<Result<T, PdsFault>>,
    options: { readonly triesMax: number },
  ): Promise<Result<T, PdsFault>>
  /** What is waited for longest now. */
  waiting(): Waiting | undefined
}

export interface Waiting {
  readonly host: string
  readonly detail: string
  readonly forMs: number
}

const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 60_000
/** What a host asks us to wait. After this it is asked again, also where it wanted more. */
const RETRY_AFTER_MS_MAX = 10 * 60_000
/** A host of which so many questions in a row were given up is away. */
const GIVEN_UP_MAX = 3
/** Then nobody asks it for this long; twice as long after each further question in vain. */
const REST_MS_MIN = 5 * 60_000
const REST_MS_MAX = 6 * 60 * 60_000
/** Past this many the host asked longest ago is forgotten. */
const HOSTS_MAX = 10_000

/** Times are those of the world's clock of durations. */
interface HostState {
  /** What the host asked for. */
  waitUntil: number
  restsUntil: number
  givenUp: number
  detail: string
}

/** `patientWith`: the host that never rests, since all depends on it. */
export function createPace(options: { world: World; signal: AbortSignal; patientWith: string }): Pace {
  const { world, signal, patientWith } = options
  const hosts = new Map<string, HostState>()
  const waits = new Set<{ readonly host: string; readonly detail: string; readonly until: number }>()

  function stateOf(host: string): HostState {
    const state = hosts.get(host) ?? { waitUntil: 0, restsUntil: 0, givenUp: 0, detail: '' }
    hosts.delete(host)
    hosts.set(host, state)
    if (hosts.size > HOSTS_MAX) hosts.delete(hosts.keys().next().value!)
    return state
  }

  async function waitUntil(until: number, host: string, detail: string): Promise<void> {
    const wait = { host, detail, until }
    waits.add(wait)
    await world.timers.sleep(Math.ceil(until - world.clock.elapsed()), signal)
    waits.delete(wait)
  }

  function giveUp(host: string, state: HostState): void {
    state.givenUp++
    if (host === patientWith || state.givenUp < GIVEN_UP_MAX) return
    const restMs = Math.min(REST_MS_MIN * 2 ** (state.givenUp - GIVEN_UP_MAX), REST_MS_MAX)
    state.restsUntil = world.clock.elapsed() + restMs
  }

  return {
    async ask(host, question, { triesMax }) {
      const state = stateOf(host)
      for (let tries = 1; ; tries++) {
        // Another question may have prolonged it meanwhile.
        while (state.waitUntil > world.clock.elapsed() && !signal.aborted) {
          await waitUntil(state.waitUntil, host, state.detail)
        }
        if (signal.aborted || state.restsUntil > world.clock.elapsed()) {
          return refuse({ kind: 'unreachable', detail: state.detail })
        }
        const answer = await question()
        if (answer.ok || answer.error.kind !== 'unreachable') {
          state.givenUp = 0
          return answer
        }
        state.detail = answer.error.detail
        const { retryAfterMs } = answer.error
        const jitter = 1 + world.random.fraction() / 2
        if (retryAfterMs !== undefined) {
          const delayMs = Math.max(RETRY_MS_MIN, Math.min(retryAfterMs, RETRY_AFTER_MS_MAX)) * jitter
          state.waitUntil = Math.max(state.waitUntil, world.clock.elapsed() + delayMs)
        }
        if (tries >= triesMax) {
          giveUp(host, state)
          return answer
        }
        const backoffMs = Math.min(RETRY_MS_MIN * 2 ** (tries - 1), RETRY_MS_MAX) * jitter
        if (retryAfterMs === undefined) await waitUntil(world.clock.elapsed() + backoffMs, host, state.detail)
      }
    },

    waiting() {
      const [longest] = [...waits].toSorted((a, b) => b.until - a.until)
      if (!longest) return undefined
      const { host, detail, until } = longest
      return { host, detail, forMs: Math.max(0, until - world.clock.elapsed()) }
    },
  }
}
