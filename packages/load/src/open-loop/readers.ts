import type { World } from '@waypost/kernel'
import { seededRandom } from '@waypost/kernel/sim'
import type { Recording } from '../recorded/recording.ts'
import { createAsker } from './asking.ts'
import { createLatencies, type LatencySummary } from './latencies.ts'
import { followLive, openCrowd } from './live.ts'
import { QUESTIONS, type QuestionName } from './model.ts'
import { drawQuestion, gatherMaterial, type Material } from './questions.ts'
import { arrivals } from './schedule.ts'
import { sendOnTime, type Outcome } from './send-on-time.ts'
import { toldIn } from './told.ts'

/**
 * Everybody who reads, as one process sees them.
 * In: how much is to be asked and when, and when the host tells which message. Out: how long people waited, each from
 * when their question, or the host's message, was due.
 */
export interface Readers extends AsyncDisposable {
  /** Looks at what the server shows. Throws where that is nothing. */
  prepare(cookies: readonly string[]): Promise<void>
  /** So many follow live, beside the one that looks at the clock. */
  follow(count: number): Promise<void>
  /** One run at a time. `onTick`: about once a second, with what came since the last time. */
  read(run: Run, onTick: (tick: Tick) => void): Promise<Reading>
  /** Nothing more is asked; what is under way still counts. */
  stop(): void
}

export interface Run {
  readonly perSecond: number
  readonly warmUpMs: number
  /** After the warm-up: what is due by then counts. */
  readonly measuredMs: number
  readonly seed: number
  /** What the host tells meanwhile, from when on (milliseconds since 1970). */
  readonly told: Told | undefined
}

export interface Told {
  readonly from: number
  readonly through: number
  readonly atMs: number
  readonly perSecond: number
  readonly seed: number
}

/** What came since the tick before, also in the warm-up. */
export interface Tick {
  readonly atMs: number
  readonly reads: LatencySummary
  readonly failed: number
  readonly underWay: number
}

export interface Reading {
  /** Milliseconds; of what was due after the warm-up. */
  readonly reads: LatencySummary
  readonly byQuestion: Readonly<Partial<Record<QuestionName, LatencySummary>>>
  /** From when the host's message was due to when it was told live. What was not is late by all the time there was. */
  readonly freshness: LatencySummary
  /** Check-ins that nobody was told of. */
  readonly missing: number
  readonly failed: number
  /** By reason, the most frequent first. */
  readonly faults: readonly (readonly [string, number])[]
  /** How much later than they were due questions were sent: past a few milliseconds the generator is too slow. */
  readonly lateness: LatencySummary
  readonly followers: number
  /** Who follow live and were hung up on since the run began. */
  readonly lost: number
}

const TICK_MS = 1_000
/** What the host told when the time was up is waited for no longer. */
const SHOWN_WITHIN_MS = 5_000
const LOOK_MS = 50

export function openReaders(
  world: World,
  options: { readonly server: string; readonly recording: Recording },
): Readers {
  const { server, recording } = options
  const { clock, timers } = world
  const asker = createAsker(server)
  const crowd = openCrowd(server)
  let material: Material | undefined
  let stopping = new AbortController()
  /** Milliseconds since 1970. */
  let stoppedMs = Infinity

  async function ask(
    run: Run,
    onTick: (tick: Tick) => void,
  ): Promise<Omit<Reading, 'freshness' | 'missing' | 'followers' | 'lost'>> {
    const random = seededRandom(run.seed)
    const count = Math.ceil((run.perSecond * (run.warmUpMs + run.measuredMs)) / 1_000)
    const times = arrivals({ perSecond: run.perSecond, count, seed: run.seed + 1 })
    // Drawn beforehand, so that drawing takes no time while it counts.
    const questions = Array.from({ length: count }, () => drawQuestion(material!, random))
    const [reads, lateness, sinceTick] = [createLatencies(), createLatencies(), createLatencies()]
    const byQuestion = new Map(QUESTIONS.map(({ name }) => [name as QuestionName, createLatencies()]))
    const faults = new Map<string, number>()
    let [failed, failedSinceTick, underWay] = [0, 0, 0]

    function onOutcome({ nth, latencyMs, lateMs, fault }: Outcome): void {
      sinceTick.note(latencyMs)
      if (fault !== undefined) failedSinceTick++
      if (times[nth]! < run.warmUpMs) return
      reads.note(latencyMs)
      byQuestion.get(questions[nth]!.name)!.note(latencyMs)
      lateness.note(lateMs)
      if (fault === undefined) return
      failed++
      faults.set(fault, (faults.get(fault) ?? 0) + 1)
    }

    using _ticking = timers.every(TICK_MS, () => {
      onTick({ atMs: clock.now(), reads: sinceTick.summary(), failed: failedSinceTick, underWay })
      sinceTick.clear()
      failedSinceTick = 0
    })
    await sendOnTime(world, times, {
      send: (nth) => asker.ask(questions[nth]!.path, questions[nth]!.cookie),
      onOutcome,
      onUnderWay: (now) => (underWay = now),
      signal: stopping.signal,
    })
    return {
      reads: reads.summary(),
      byQuestion: Object.fromEntries([...byQuestion].map(([name, each]) => [name, each.summary()])),
      failed,
      faults: [...faults].toSorted(([, a], [, b]) => b - a),
      lateness: lateness.summary(),
    }
  }

  /** How old check-ins were when they were told live. */
  async function freshnessOf(
    { warmUpMs, measuredMs, told }: Run,
    shownAt: ReadonlyMap<string, number>,
    asked: Promise<unknown>,
  ): Promise<Pick<Reading, 'freshness' | 'missing'>> {
    const latencies = createLatencies()
    if (told === undefined) return { freshness: latencies.summary(), missing: 0 }
    const times = arrivals({ perSecond: told.perSecond, count: told.through - told.from, seed: told.seed })
    const isCounted = (dueMs: number): boolean => dueMs >= warmUpMs && dueMs < warmUpMs + measuredMs
    const all = [...toldIn(recording, told.from, told.through)]
      .map(([uri, number]) => ({ uri, dueMs: times[number - told.from]! }))
      .filter(({ dueMs }) => isCounted(dueMs))
    await asked
    // Whoever stops the readers stops the host too.
    const due = all.filter(({ dueMs }) => told.atMs + dueMs < stoppedMs)
    const until = clock.elapsed() + SHOWN_WITHIN_MS
    while (clock.elapsed() < until && due.some(({ uri }) => !shownAt.has(uri))) await timers.sleep(LOOK_MS)
    const now = clock.now()
    for (const { uri, dueMs } of due) latencies.note(Math.max(0, (shownAt.get(uri) ?? now) - told.atMs - dueMs))
    return { freshness: latencies.summary(), missing: due.filter(({ uri }) => !shownAt.has(uri)).length }
  }

  return {
    async prepare(cookies) {
      material = await gatherMaterial((path, cookie) => asker.json(path, cookie), cookies)
    },
    follow: (count) => crowd.become(count),
    async read(run, onTick) {
      if (material === undefined) throw new Error('nothing is known yet that could be asked about')
      stopping = new AbortController()
      stoppedMs = Infinity
      const lostBefore = crowd.lost
      await using watching = await followLive(server)
      const asked = ask(run, onTick)
      const [fresh, answers] = await Promise.all([freshnessOf(run, watching.shownAt, asked), asked])
      return { ...answers, ...fresh, followers: crowd.count, lost: crowd.lost - lostBefore }
    },
    stop() {
      stoppedMs = Math.min(stoppedMs, clock.now())
      stopping.abort()
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await crowd[Symbol.asyncDispose]()
      asker[Symbol.dispose]()
    },
  }
}
