import type { ObjectiveState } from '@waypost/lexicon/ops-state'
import type { Figures } from './figures.ts'

/**
 * What people are promised of how fresh the feed is, as data; the rules in `deploy/alerts` say the same.
 * Fresh: a check-in is on the feed of this process within `withinSeconds` of its commit's rev, by the clocks of both.
 */
export const FRESHNESS = {
  metric: 'waypost_freshness_seconds',
  withinSeconds: 2,
  /** Of all check-ins that are news; those that are told more than ten minutes late came from an archive. */
  target: 0.99,
  /** The error budget is for so long. */
  days: 30,
} as const

/** How fast the budget is spent, seen over these; 1 spends exactly all of it. */
export const WINDOWS = [
  { name: '5m', ms: 300_000 },
  { name: '1h', ms: 3_600_000 },
  { name: '6h', ms: 21_600_000 },
  { name: '3d', ms: 259_200_000 },
] as const

export interface Objective {
  /** Takes note of where the figures stand. */
  note(figures: Figures): void
  standing(): ObjectiveState
}

const EVERY_MS = 30_000

interface Note {
  readonly atMs: number
  readonly good: number
  readonly total: number
}

export function createObjective(): Objective {
  const notes: Note[] = []
  let latest: Note | undefined

  function since(ms: number): { readonly total: number; readonly bad: number } {
    if (!latest) return { total: 0, bad: 0 }
    const { atMs } = latest
    const first = notes.find((each) => each.atMs >= atMs - ms) ?? latest
    const all = latest.total - first.total
    return { total: all, bad: all - (latest.good - first.good) }
  }

  function burnRate({ total: all, bad }: ReturnType<typeof since>): number | undefined {
    return all === 0 ? undefined : bad / all / (1 - FRESHNESS.target)
  }

  return {
    note(figures) {
      latest = { atMs: figures.atMs, ...counted(figures) }
      if (notes.length > 0 && latest.atMs - notes.at(-1)!.atMs < EVERY_MS) return
      notes.push(latest)
      while (latest.atMs - notes[0]!.atMs > WINDOWS.at(-1)!.ms) notes.shift()
    },
    standing() {
      const all = since(Infinity)
      const burnt = burnRate(all)
      return {
        withinSeconds: FRESHNESS.withinSeconds,
        target: FRESHNESS.target,
        days: FRESHNESS.days,
        heldMs: latest ? latest.atMs - notes[0]!.atMs : 0,
        total: all.total,
        ...(burnt !== undefined && { current: 1 - all.bad / all.total, budgetLeft: 1 - burnt }),
        windows: WINDOWS.map(({ name, ms }) => {
          const seen = since(ms)
          const rate = burnRate(seen)
          return { name, total: seen.total, ...(rate !== undefined && { burnRate: rate }) }
        }),
      }
    },
  }
}

function counted(figures: Figures): Pick<Note, 'good' | 'total'> {
  const values = figures.metrics.get(FRESHNESS.metric) ?? []
  const good = values.find(({ labels }) => labels.le === FRESHNESS.withinSeconds)?.value ?? 0
  const all = values.find(({ metricName }) => metricName === `${FRESHNESS.metric}_count`)?.value ?? 0
  return { good, total: all }
}
