import type { Registry } from 'prom-client'
import type { World } from '@waypost/kernel'
import type { StageName } from '@waypost/lexicon/ops-state'
import { rate, readFigures, type Figures, type Span } from './figures.ts'
import { FRESHNESS, type Objective } from './objective.ts'

/** The figures of the last minute or so, looked at every two seconds whether or not somebody watches. */
export interface Pulse extends Disposable {
  /** The last seconds: what goes on now. */
  now(): Span
  /** The last minute: enough to say how long things take. */
  minute(): Span
  /** The same of answers to requests. */
  answers(): Span
  /** Events a second of a stage, the oldest first. */
  history(stage: StageName): readonly number[]
}

export const STAGES = ['wire', 'verify', 'log', 'project', 'live'] as const satisfies readonly StageName[]

const EVERY_MS = 2_000
const NOW_LOOKS = 5
const MINUTE_LOOKS = 30
const HISTORY_LOOKS = 60
/** There are many routes: they are looked at less often. */
const ANSWERS_EVERY_LOOKS = 5
const ANSWERS_LOOKS = 6

const LOOKED_AT = [
  FRESHNESS.metric,
  'waypost_frames_total',
  'waypost_refusals_total',
  'waypost_events_logged_total',
  'waypost_project_events_total',
  'waypost_live_positions_total',
  'waypost_live_followers',
  'waypost_stage_seconds',
  'waypost_stage_queue',
  'waypost_thread_busy_seconds_total',
  'waypost_thread_queue',
  'waypost_engine_up',
  'waypost_engine_seconds',
  'waypost_engine_failures_total',
  'waypost_process_resident_memory_bytes',
  // Brings the sum up to date with it.
  'waypost_process_cpu_user_seconds_total',
  'waypost_process_cpu_seconds_total',
]
const ANSWERS = ['waypost_http_requests_total', 'waypost_http_seconds']

/** `gather` brings figures up to date that are only known when they are asked for. */
export function takePulse(
  world: World,
  parts: { readonly metrics: Registry; readonly objective: Objective; readonly gather: () => Promise<void> },
): Pulse {
  const { metrics, objective, gather } = parts
  const nothing: Figures = { atMs: world.clock.elapsed(), metrics: new Map() }
  const figures: Figures[] = []
  const answers: Figures[] = []
  const histories = new Map<StageName, number[]>(STAGES.map((stage) => [stage, []]))
  let looks = 0

  async function look(): Promise<void> {
    await gather()
    const next = await readFigures(metrics, LOOKED_AT, world.clock.elapsed())
    const previous = figures.at(-1)
    figures.push(next)
    if (figures.length > MINUTE_LOOKS + 1) figures.shift()
    objective.note(next)
    for (const [stage, history] of previous ? histories : []) {
      history.push(stageRate(stage, { from: previous!, to: next }))
      if (history.length > HISTORY_LOOKS) history.shift()
    }
    if (looks++ % ANSWERS_EVERY_LOOKS !== 0) return
    answers.push(await readFigures(metrics, ANSWERS, world.clock.elapsed()))
    if (answers.length > ANSWERS_LOOKS + 1) answers.shift()
  }

  function last(held: readonly Figures[], count: number): Span {
    return { from: held.at(-1 - count) ?? held[0] ?? nothing, to: held.at(-1) ?? nothing }
  }

  void look()
  const looking = world.timers.every(EVERY_MS, look)
  return {
    now: () => last(figures, NOW_LOOKS),
    minute: () => last(figures, MINUTE_LOOKS),
    answers: () => last(answers, ANSWERS_LOOKS),
    history: (stage) => histories.get(stage)!,
    [Symbol.dispose]: () => looking[Symbol.dispose](),
  }
}

/** Events a second that a stage has dealt with: what is refused was verified as well. */
export function stageRate(stage: StageName, span: Span): number {
  switch (stage) {
    case 'wire':
      return rate('waypost_frames_total', span, { outcome: 'received' })
    case 'verify':
      return rate('waypost_events_logged_total', span) + rate('waypost_refusals_total', span)
    case 'log':
      return rate('waypost_events_logged_total', span)
    case 'project':
      return rate('waypost_project_events_total', span)
    case 'live':
      return rate('waypost_live_positions_total', span)
  }
}
