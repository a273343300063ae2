import type { Telemetry } from '@waypost/kernel'
import { Counter, Gauge } from 'prom-client'
import type { BudgetReport } from './guard.ts'
import { STEPS, type BudgetEffect, type Step } from './machine.ts'

export interface BudgetEvents {
  /** A limit is near, something is shed or comes back, a period or an override begins or ends. */
  budget(effect: BudgetEffect): void
  /** Once a second. */
  budgetStands(report: BudgetReport): void
  /** Somebody was told to come again later. */
  budgetRefused(step: Step): void
  /** The use could not be measured, kept or read. */
  budgetNotKept(fault: unknown): void
}

export function createBudgetEvents({ log, metrics }: Telemetry): BudgetEvents {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name, help, labelNames: [...labelNames], registers: [metrics] })
  const used = gauge('waypost_budget_used_ratio', 'What was used of a limit; 1 is all of it', ['limit'])
  const shed = gauge('waypost_budget_shed', 'Whether this is left out to stay within the budget', ['step'])
  const override = gauge('waypost_budget_override', 'Whether an operator has had the budget passed over', [])
  const use = gauge('waypost_use', 'What this process used in the day and the month so far', ['what', 'period'])
  const people = gauge('waypost_active_people', 'Who checked in or asked signed in, about', ['period'])
  const ofMoney = ['period', 'currency'] as const
  const cost = gauge('waypost_cost', 'What this process has cost so far, by the table of prices', ofMoney)
  const perCheckins = gauge('waypost_cost_per_million_checkins', 'The same for a million check-ins', ofMoney)
  const perPeople = gauge('waypost_cost_per_thousand_people', 'The same for a thousand active people', ofMoney)
  const refused = new Counter({
    name: 'waypost_budget_refused_total',
    help: 'Requests that were told to come again later, to stay within the budget',
    labelNames: ['step'],
    registers: [metrics],
  })
  for (const step of STEPS) shed.set({ step }, 0)

  return {
    budget(effect) {
      switch (effect.kind) {
        case 'near': {
          const { id, used: amount, of, share } = effect.limit
          log.warn({ limit: id, used: amount, of, share }, 'a limit of the budget is near')
          return
        }
        case 'shed':
          shed.set({ step: effect.step }, 1)
          log.warn({ step: effect.step }, 'the budget is spent: this is left out')
          return
        case 'restored':
          shed.set({ step: effect.step }, 0)
          log.warn({ step: effect.step }, 'within the budget again: this goes on')
          return
        case 'rolled':
          log.info({ period: effect.period }, 'the budget of a new period begins')
          return
        case 'override': {
          const { state, override: span } = effect
          override.set(state === 'began' ? 1 : 0)
          log.warn({ state, until: new Date(span.untilMs).toISOString() }, 'an operator passes over the budget')
          return
        }
      }
    },
    budgetStands({ standings, state, settings, ...periods }) {
      const { currency } = settings.prices
      override.set(state.override ? 1 : 0)
      for (const { id, share } of standings) used.set({ limit: id }, share)
      for (const period of ['day', 'month'] as const) {
        const { counts, people: count, cost: spent, perMillionCheckins, perThousandPeople } = periods[period]
        for (const [what, amount] of Object.entries(counts)) use.set({ what, period }, amount)
        people.set({ period }, count)
        cost.set({ period, currency }, spent.total)
        setOrRemove(perCheckins, { period, currency }, perMillionCheckins)
        setOrRemove(perPeople, { period, currency }, perThousandPeople)
      }
    },
    budgetRefused: (step) => refused.inc({ step }),
    budgetNotKept: (fault) => log.warn({ err: fault }, 'the use of the budget could not be kept'),
  }
}

/** Where nobody was there to share it there is no figure. */
function setOrRemove<Label extends string>(
  gauge: Gauge<Label>,
  labels: Record<Label, string>,
  value: number | undefined,
): void {
  if (value === undefined) gauge.remove(labels)
  else gauge.set(labels, value)
}
