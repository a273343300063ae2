import { costOf, type Use } from './cost.ts'
import { isOver, spanOf, type Period } from './period.ts'
import type { BudgetSettings, Limit } from './settings.ts'

/**
 * What is used beside what may be, as a state machine: it knows no clock, no machine and no file; `guard.ts` is the shell
 * that measures, and carries out what it says.
 *
 * Promises: what is shed is always a beginning of `STEPS`, as long as the worst of all limits says; it comes back in the
 * opposite order; a period that is over takes its use along; while an operator overrides, nothing is shed and all is counted.
 */
export interface BudgetState {
  readonly day: Tally
  readonly month: Tally
  /** As measured last, in bytes; undefined before it was. */
  readonly sizes: Sizes
  readonly override: Override | undefined
  /** How many of the `STEPS` are shed. */
  readonly shed: number
  /** The limits of which the operator was told that they are near. */
  readonly warned: readonly string[]
}

/** What was used in a period. */
export interface Tally {
  readonly startMs: number
  readonly counts: Counts
  /** The sizes when it began: its growth is counted from there. */
  readonly base: Sizes
}

export interface Counts extends Use {
  /** Renditions and cards that were made. */
  readonly images: number
  /** Check-ins that were taken in. */
  readonly checkins: number
}

export interface Sizes {
  readonly disk?: number
  readonly log?: number
}

/** Milliseconds since 1970. */
export interface Override {
  readonly fromMs: number
  readonly untilMs: number
}

/** What can be done without, the first first; the last at the hard limit. */
export const STEPS = ['images', 'search', 'backfills', 'live', 'ingest'] as const
export type Step = (typeof STEPS)[number]

export type BudgetEvent =
  | { readonly kind: 'measured'; readonly nowMs: number; readonly counts: Counts; readonly sizes: Sizes }
  | { readonly kind: 'overridden'; readonly nowMs: number; readonly untilMs: number }
  | { readonly kind: 'override-ended'; readonly nowMs: number }

export type BudgetEffect =
  | { readonly kind: 'near'; readonly limit: Standing }
  | { readonly kind: 'shed' | 'restored'; readonly step: Step }
  | { readonly kind: 'rolled'; readonly period: Period }
  | { readonly kind: 'override'; readonly state: 'began' | 'ended'; readonly override: Override }

/** How one limit stands. */
export interface Standing extends Limit {
  readonly id: string
  readonly used: number
  /** Of the limit. */
  readonly share: number
  /** What it comes to by the end of the period, if that goes on as it began; absent while that says little. */
  readonly forecast?: number
  /** When the period is over; absent where it never is. */
  readonly endsAtMs?: number
}

/** A size goes up and down: what was shed comes back once the worst limit is so far below where it was. */
const RELEASE_SHARE = 0.02
/** Before so much of a period has gone by a forecast is a guess. */
const FORECAST_FROM_SHARE = 0.02

export const NOTHING: Counts = {
  cpuSeconds: 0,
  memoryByteSeconds: 0,
  diskByteSeconds: 0,
  egressBytes: 0,
  fetches: 0,
  images: 0,
  checkins: 0,
}

export function initialBudget(nowMs: number): BudgetState {
  const tally = (period: Period): Tally => ({ startMs: spanOf(period, nowMs).startMs, counts: NOTHING, base: {} })
  return { day: tally('day'), month: tally('month'), sizes: {}, override: undefined, shed: 0, warned: [] }
}

/** The share of a limit at which something is shed: spread evenly from 1 to the hard limit. */
export function beginsAt(step: Step, hardAt: number): number {
  return 1 + ((hardAt - 1) * STEPS.indexOf(step)) / (STEPS.length - 1)
}

export function step(
  state: BudgetState,
  event: BudgetEvent,
  settings: BudgetSettings,
): { readonly state: BudgetState; readonly effects: readonly BudgetEffect[] } {
  const effects: BudgetEffect[] = []
  let next = roll(state, event.nowMs, effects)
  if (event.kind === 'measured') next = count(next, event)
  next = overriding(next, event, effects)
  next = warn(next, event.nowMs, settings, effects)
  return { state: shedding(next, event.nowMs, settings, effects), effects }
}

/** How all limits stand, in the order of the settings. */
export function standings(state: BudgetState, settings: BudgetSettings, nowMs: number): readonly Standing[] {
  return settings.limits.map((limit) => standingOf(state, limit, settings, nowMs))
}

function standingOf(state: BudgetState, limit: Limit, settings: BudgetSettings, nowMs: number): Standing {
  const { resource, per, of } = limit
  const id = `${resource}-${per}`
  const used = per === 'total' ? sizeOf(state, resource) : usedIn(state, state[per], resource, settings)
  const standing = { ...limit, id, used, share: used / of }
  if (per === 'total') return standing
  const { startMs, endMs } = spanOf(per, state[per].startMs)
  const gone = Math.min(1, (nowMs - startMs) / (endMs - startMs))
  return { ...standing, endsAtMs: endMs, ...(gone >= FORECAST_FROM_SHARE && { forecast: used / gone }) }
}

function usedIn(state: BudgetState, tally: Tally, resource: Limit['resource'], settings: BudgetSettings): number {
  const { counts, base } = tally
  switch (resource) {
    case 'egress':
      return counts.egressBytes
    case 'images':
      return counts.images
    case 'fetches':
      return counts.fetches
    case 'money':
      return costOf(counts, settings.prices).total
    case 'disk':
    case 'log': {
      const size = sizeOf(state, resource)
      return Math.max(0, size - (base[resource] ?? size))
    }
  }
}

function sizeOf({ sizes }: BudgetState, resource: Limit['resource']): number {
  return (resource === 'disk' || resource === 'log' ? sizes[resource] : undefined) ?? 0
}

function roll(state: BudgetState, nowMs: number, effects: BudgetEffect[]): BudgetState {
  let next = state
  for (const period of ['day', 'month'] as const) {
    if (!isOver(period, state[period].startMs, nowMs)) continue
    effects.push({ kind: 'rolled', period })
    next = { ...next, [period]: { startMs: spanOf(period, nowMs).startMs, counts: NOTHING, base: state.sizes } }
  }
  return next
}

function count(state: BudgetState, { counts, sizes }: Extract<BudgetEvent, { kind: 'measured' }>): BudgetState {
  const known = { ...state.sizes, ...sizes }
  const add = ({ counts: before, base, startMs }: Tally): Tally => ({
    startMs,
    base: { ...known, ...base },
    counts: sumOf(before, counts),
  })
  return { ...state, sizes: known, day: add(state.day), month: add(state.month) }
}

function sumOf(a: Counts, b: Counts): Counts {
  return {
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    memoryByteSeconds: a.memoryByteSeconds + b.memoryByteSeconds,
    diskByteSeconds: a.diskByteSeconds + b.diskByteSeconds,
    egressBytes: a.egressBytes + b.egressBytes,
    fetches: a.fetches + b.fetches,
    images: a.images + b.images,
    checkins: a.checkins + b.checkins,
  }
}

function overriding(state: BudgetState, event: BudgetEvent, effects: BudgetEffect[]): BudgetState {
  if (event.kind === 'overridden') {
    const override = { fromMs: event.nowMs, untilMs: event.untilMs }
    effects.push({ kind: 'override', state: 'began', override })
    return { ...state, override }
  }
  const { override } = state
  if (!override || (event.kind === 'measured' && event.nowMs < override.untilMs)) return state
  effects.push({ kind: 'override', state: 'ended', override })
  return { ...state, override: undefined }
}

/** Told once for each limit, and again after it was well below. */
function warn(state: BudgetState, nowMs: number, settings: BudgetSettings, effects: BudgetEffect[]): BudgetState {
  const warned = standings(state, settings, nowMs).filter(({ id, share }) => {
    const wasWarned = state.warned.includes(id)
    return share >= settings.warnAt - (wasWarned ? RELEASE_SHARE : 0)
  })
  for (const limit of warned) if (!state.warned.includes(limit.id)) effects.push({ kind: 'near', limit })
  return { ...state, warned: warned.map(({ id }) => id) }
}

function shedding(state: BudgetState, nowMs: number, settings: BudgetSettings, effects: BudgetEffect[]): BudgetState {
  const worst = Math.max(0, ...standings(state, settings, nowMs).map(({ share }) => share))
  const isShed = (step: Step, at: number): boolean =>
    worst >= beginsAt(step, settings.hardAt) - (at < state.shed ? RELEASE_SHARE : 0)
  const kept = state.override ? 0 : STEPS.findIndex((step, at) => !isShed(step, at))
  const shed = kept === -1 ? STEPS.length : kept
  for (const step of STEPS.slice(state.shed, shed)) effects.push({ kind: 'shed', step })
  for (const step of STEPS.slice(shed, state.shed).toReversed()) effects.push({ kind: 'restored', step })
  return { ...state, shed }
}
