import type { BudgetState, CostState } from '@waypost/lexicon/ops-state'
import type { BudgetReport, PeriodReport } from '#serve/budget/guard.ts'
import { beginsAt, STEPS } from '#serve/budget/machine.ts'

/** The budget as the operator's page has it. */
export function budgetState({ state, settings, standings, day, month }: BudgetReport): BudgetState {
  const { hardAt, warnAt, prices } = settings
  return {
    limits: standings,
    steps: STEPS.map((name, at) => ({ name, beginsAt: beginsAt(name, hardAt), isShed: at < state.shed })),
    warnAt,
    ...(state.override && { override: state.override }),
    prices: { name: prices.name, currency: prices.currency },
    day: costState(day),
    month: costState(month),
  }
}

function costState({ startMs, cost, counts, people, perMillionCheckins, perThousandPeople }: PeriodReport): CostState {
  const { total, ...parts } = cost
  return {
    startMs,
    total,
    parts,
    checkins: counts.checkins,
    people,
    ...(perMillionCheckins !== undefined && { perMillionCheckins }),
    ...(perThousandPeople !== undefined && { perThousandPeople }),
  }
}
