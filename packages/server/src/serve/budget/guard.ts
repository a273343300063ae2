import type { Did, World } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { costOf, perMillion, perThousand, type Cost } from './cost.ts'
import type { BudgetEvents } from './events.ts'
import { readKept, writeKept } from './kept.ts'
import {
  initialBudget,
  NOTHING,
  standings,
  step,
  STEPS,
  type BudgetEvent,
  type BudgetState,
  type Counts,
  type Sizes,
  type Standing,
  type Step,
} from './machine.ts'
import { countPeople } from './people.ts'
import { spanOf } from './period.ts'
import type { BudgetSettings } from './settings.ts'

/**
 * Keeps this process within what its operator pays for.
 * In: what the machine says of itself, and what is counted on the way. Out: what may go on.
 * Promise: what was used survives a kill, but for what was used in the last `KEEP_EVERY_MS`; what is shed is refused with
 * when to come again, and nothing that was taken in is lost. Of other processes it knows nothing: each guards its own use.
 */
export interface Budget extends AsyncDisposable {
  readonly counted: Counted
  /** Why this is not done now, for whoever asked; undefined: it is. */
  refusal(what: Refused): XrpcFault | undefined
  sheds(step: Step): boolean
  /** Resolves once this may go on, or when the signal aborts. */
  untilAllowed(step: Step, signal: AbortSignal): Promise<void>
  /** Resolves once this has to stop, or when the signal aborts. */
  untilShed(step: Step, signal: AbortSignal): Promise<void>
  /** Called each time that something is shed or comes back. */
  whenChanged(listener: () => void): void
  /** Nothing is shed for so long; 0 takes an override back. */
  override(hours: number): void
  /** As it was measured last. */
  report(): BudgetReport
}

/** Plain numbers, read once a second. */
export interface Counted {
  image(): void
  fetch(): void
  checkin(author: Did): void
  /** Somebody asked something, signed in. */
  person(did: Did): void
  /** Bytes that went into a log which is on no disk of this process. */
  logged(bytes: number): void
}

/** `picture`: one that was made before. */
export type Refused = 'rendition' | 'picture' | 'search' | 'live'

export interface BudgetReport {
  readonly nowMs: number
  readonly state: BudgetState
  readonly settings: BudgetSettings
  readonly standings: readonly Standing[]
  readonly day: PeriodReport
  readonly month: PeriodReport
}

/** What a period has cost so far, in the currency of the prices. */
export interface PeriodReport {
  readonly startMs: number
  readonly endMs: number
  readonly counts: Counts
  readonly people: number
  readonly cost: Cost
  readonly perMillionCheckins: number | undefined
  readonly perThousandPeople: number | undefined
}

/** What the machine says: sums since the process began, and what is held now. */
export interface Meters {
  cpuSeconds(): number
  residentBytes(): number
  egressBytes(): number
  /** Bytes in files; without `log` where the log is elsewhere. Slow: asked every `KEEP_EVERY_MS`. */
  sizes(): Promise<Sizes>
}

/** Where the use is kept. */
export interface BudgetStore {
  read(): Promise<string | undefined>
  /** Whole or not at all. */
  write(text: string): Promise<void>
}

export interface BudgetParts {
  readonly world: World
  readonly settings: BudgetSettings
  readonly meters: Meters
  readonly store: BudgetStore
  readonly events: BudgetEvents
}

const MEASURE_EVERY_MS = 1_000
/** A kill forgets what was used in so long, and no more. */
export const KEEP_EVERY_MS = 10_000
/** Who was refused is told to come again no later: an operator may have seen to it by then. */
const RETRY_SECONDS_MAX = 3_600
const RETRY_SECONDS_MIN = 60
const HOUR_MS = 3_600_000
/** Where these are spent, a picture costs as much whether it was made before or not. */
const SPENT_BY_SENDING: readonly Standing['resource'][] = ['egress', 'money']

export async function openBudget(parts: BudgetParts): Promise<Budget> {
  const { world, settings, meters, store, events } = parts
  const { clock } = world
  const kept = await readStore()
  let state = kept?.state ?? initialBudget(clock.now())
  const people = { day: countPeople(kept?.people.day), month: countPeople(kept?.people.month) }
  let fresh = nothingFresh()
  let measured = readMeters()
  let sizes: Sizes = {}
  let keepingNow: Promise<void> | undefined
  const listeners = new Set<() => void>()

  function readMeters() {
    return { elapsedMs: clock.elapsed(), cpuSeconds: meters.cpuSeconds(), egressBytes: meters.egressBytes() }
  }

  async function readStore() {
    try {
      const text = await store.read()
      if (text === undefined) return undefined
      const found = readKept(text)
      if (found) return found
      throw new Error('what was kept of the use cannot be read: it is counted anew')
    } catch (fault) {
      events.budgetNotKept(fault)
      return undefined
    }
  }

  function tell(event: BudgetEvent): void {
    const before = state.shed
    const { state: next, effects } = step(state, event, settings)
    state = next
    for (const effect of effects) {
      if (effect.kind === 'rolled') people[effect.period] = countPeople()
      events.budget(effect)
    }
    if (state.shed !== before) for (const listener of listeners) listener()
  }

  function measure(): void {
    const nowMs = clock.now()
    const now = readMeters()
    const seconds = (now.elapsedMs - measured.elapsedMs) / 1_000
    const { images, fetches, checkins, logBytes } = fresh
    fresh = nothingFresh()
    const grown = logBytes > 0 && sizes.log === undefined ? { log: (state.sizes.log ?? 0) + logBytes } : {}
    tell({
      kind: 'measured',
      nowMs,
      sizes: { ...sizes, ...grown },
      counts: {
        ...NOTHING,
        cpuSeconds: now.cpuSeconds - measured.cpuSeconds,
        memoryByteSeconds: meters.residentBytes() * seconds,
        diskByteSeconds: (sizes.disk ?? state.sizes.disk ?? 0) * seconds,
        egressBytes: now.egressBytes - measured.egressBytes,
        images,
        fetches,
        checkins,
      },
    })
    measured = now
    events.budgetStands(report())
  }

  /** Never rejects: a disk that does not take it is asked again. */
  function keep(): Promise<void> {
    return (keepingNow ??= keepOnce()
      .catch(events.budgetNotKept)
      .finally(() => (keepingNow = undefined)))
  }

  async function keepOnce(): Promise<void> {
    sizes = await meters.sizes()
    await store.write(writeKept({ state, people: { day: people.day.bytes(), month: people.month.bytes() } }))
  }

  function report(): BudgetReport {
    const nowMs = clock.now()
    return {
      nowMs,
      state,
      settings,
      standings: standings(state, settings, nowMs),
      day: periodReport('day'),
      month: periodReport('month'),
    }
  }

  function periodReport(period: 'day' | 'month'): PeriodReport {
    const { startMs, counts } = state[period]
    const cost = costOf(counts, settings.prices)
    const active = people[period].count()
    return {
      ...spanOf(period, startMs),
      counts,
      people: active,
      cost,
      perMillionCheckins: perMillion(cost.total, counts.checkins),
      perThousandPeople: perThousand(cost.total, active),
    }
  }

  function sheds(of: Step): boolean {
    return STEPS.indexOf(of) < state.shed
  }

  function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      function look(): void {
        if (!isSo() && !signal.aborted) return
        listeners.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      listeners.add(look)
      signal.addEventListener('abort', look)
      look()
    })
  }

  function spent(): readonly Standing[] {
    return standings(state, settings, clock.now()).filter(({ share }) => share >= 1)
  }

  function retryAfterSeconds(): number {
    const ends = spent().map(({ endsAtMs = Infinity }) => endsAtMs)
    const seconds = Math.ceil((Math.max(...ends) - clock.now()) / 1_000)
    return Math.min(RETRY_SECONDS_MAX, Math.max(RETRY_SECONDS_MIN, seconds))
  }

  measure()
  // A folder of many files may take seconds to be walked: until then its size is the one that was kept.
  void keep()
  const measuring = world.timers.every(MEASURE_EVERY_MS, measure)
  const keeping = world.timers.every(KEEP_EVERY_MS, keep)

  return {
    counted: {
      image: () => void fresh.images++,
      fetch: () => void fresh.fetches++,
      checkin(author) {
        fresh.checkins++
        people.day.add(author)
        people.month.add(author)
      },
      person(did) {
        people.day.add(did)
        people.month.add(did)
      },
      logged: (bytes) => void (fresh.logBytes += bytes),
    },
    sheds,
    refusal(what) {
      const of = what === 'rendition' || what === 'picture' ? 'images' : what
      if (!sheds(of)) return undefined
      if (what === 'picture' && !spent().some(({ resource }) => SPENT_BY_SENDING.includes(resource))) return undefined
      events.budgetRefused(of)
      return {
        ...xrpcFault(
          503,
          'BudgetExceeded',
          'this server has used up what it may for now; this is left out until later',
        ),
        retryAfterSeconds: retryAfterSeconds(),
      }
    },
    untilAllowed: (of, signal) => until(() => !sheds(of), signal),
    untilShed: (of, signal) => until(() => sheds(of), signal),
    whenChanged: (listener) => void listeners.add(listener),
    override(hours) {
      const nowMs = clock.now()
      tell(
        hours === 0
          ? { kind: 'override-ended', nowMs }
          : { kind: 'overridden', nowMs, untilMs: nowMs + hours * HOUR_MS },
      )
      events.budgetStands(report())
      void keep()
    },
    report,
    async [Symbol.asyncDispose]() {
      measuring[Symbol.dispose]()
      keeping[Symbol.dispose]()
      measure()
      await keepingNow
      await keep()
    },
  }
}

/** Since the last measurement. */
function nothingFresh() {
  return { images: 0, fetches: 0, checkins: 0, logBytes: 0 }
}
