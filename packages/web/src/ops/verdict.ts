import type { OpsState } from '@waypost/lexicon/ops-state'

/** Whether people's check-ins arrive: the one thing that an operator wants to know first. */
export type Verdict = { readonly tone: 'good' | 'warn' | 'bad' } & (
  | { readonly kind: 'arrives' | 'quiet' | 'engineAway' | 'noHost' | 'late' | 'faults' }
  | { readonly kind: 'paused' | 'near' | 'overridden' }
  | { readonly kind: 'sheds'; readonly count: number }
  | { readonly kind: 'someHosts'; readonly away: number; readonly all: number }
  | { readonly kind: 'behind'; readonly positions: number }
)

/** The same as the alerts of `deploy/alerts`: the fast burn of the error budget, and the lag of the read model. */
const BURN_RATE_MAX = 14.4
const POSITIONS_BEHIND_MAX = 1_000
/** A fault is news for so long. */
const FAULT_MS_MAX = 600_000

export function verdictOf(state: OpsState): Verdict {
  const { engine, hostCounts, ingest, stages, objective, faults, budget, atMs } = state
  const { all, away } = hostCounts
  if (!engine.isUp) return { tone: 'bad', kind: 'engineAway' }
  if (ingest === 'paused') return { tone: 'bad', kind: 'paused' }
  if (ingest === 'here' && all > 0 && away === all) return { tone: 'bad', kind: 'noHost' }
  const behind = stages.find(({ name }) => name === 'project')?.queue ?? 0
  if (behind > POSITIONS_BEHIND_MAX) return { tone: 'bad', kind: 'behind', positions: behind }
  const burning = objective.windows.find(({ name }) => name === '5m')?.burnRate ?? 0
  if (burning > BURN_RATE_MAX) return { tone: 'bad', kind: 'late' }
  const shed = budget.steps.filter(({ isShed }) => isShed).length
  if (shed > 0) return { tone: 'warn', kind: 'sheds', count: shed }
  if (away > 0) return { tone: 'warn', kind: 'someHosts', away, all }
  const isFaulty = faults.some((fault) => fault.level !== 'warn' && atMs - fault.atMs < FAULT_MS_MAX)
  if (isFaulty) return { tone: 'warn', kind: 'faults' }
  if (budget.override) return { tone: 'warn', kind: 'overridden' }
  if (budget.limits.some(({ share }) => share >= budget.warnAt)) return { tone: 'warn', kind: 'near' }
  return { tone: 'good', kind: objective.total === 0 ? 'quiet' : 'arrives' }
}
