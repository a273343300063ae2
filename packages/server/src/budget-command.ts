import type { BudgetReport, PeriodReport } from '#serve/budget/guard.ts'
import { GIB } from '#serve/budget/cost.ts'
import { beginsAt, STEPS, type Standing } from '#serve/budget/machine.ts'
import { callControl, type BudgetOrder } from '#serve/control.ts'
import type { Config } from './config.ts'

/**
 * `waypost budget`: by the server that holds the data folder. Answers the exit code: 0, 1 where there is no such server,
 * or none that follows hosts, or it refused.
 */
export async function budget(
  { dataFolder }: Pick<Config, 'dataFolder'>,
  { hours, json }: BudgetOrder & { readonly json: boolean },
  print: (text: string) => void,
): Promise<number> {
  const lines = await callControl(dataFolder, '/budget', { hours })
  if (lines === undefined) {
    print('No server that follows hosts runs on the data folder.')
    return 1
  }
  for await (const line of lines) {
    if ('refused' in line) {
      print(line.refused)
      return 1
    }
    if ('budget' in line) print(json ? JSON.stringify(line.budget) : describe(line.budget))
  }
  return 0
}

function describe({ state, settings, standings, day, month }: BudgetReport): string {
  const { prices, hardAt } = settings
  const shed = STEPS.slice(0, state.shed)
  return [
    ...(standings.length === 0 ? ['Nothing is limited.'] : standings.map((limit) => standing(limit, prices.currency))),
    shed.length === 0 ? 'Nothing is left out.' : `Left out: ${shed.join(', ')}.`,
    `In this order, from these shares on: ${STEPS.map((step) => `${step} ${percent(beginsAt(step, hardAt))}`).join(', ')}.`,
    ...(state.override ? [`Passed over until ${new Date(state.override.untilMs).toISOString()}.`] : []),
    cost('today', day, prices.currency),
    cost('this month', month, prices.currency),
    `Prices: ${prices.name}.`,
  ].join('\n')
}

function standing({ id, resource, used, of, share, forecast }: Standing, currency: string): string {
  const told = (amount: number): string => amountOf(resource, amount, currency)
  const end = forecast === undefined ? '' : `, ${told(forecast)} by its end`
  return `  ${id.padEnd(14)}${percent(share).padStart(6)}  ${told(used)} of ${told(of)}${end}`
}

function cost(when: string, period: PeriodReport, currency: string): string {
  const { cost: spent, counts, people, perMillionCheckins, perThousandPeople } = period
  const parts = [
    `${money(spent.total, currency)} ${when}`,
    ...(perMillionCheckins === undefined ? [] : [`${money(perMillionCheckins, currency)} a million check-ins`]),
    ...(perThousandPeople === undefined ? [] : [`${money(perThousandPeople, currency)} a thousand active people`]),
  ]
  return `${parts.join(', ')} (${counts.checkins} check-ins, ${people} people).`
}

function amountOf(resource: Standing['resource'], amount: number, currency: string): string {
  switch (resource) {
    case 'egress':
    case 'disk':
    case 'log':
      return `${(amount / GIB).toFixed(3)} GiB`
    case 'money':
      return money(amount, currency)
    case 'images':
    case 'fetches':
      return String(Math.round(amount))
  }
}

function money(amount: number, currency: string): string {
  return `${amount.toFixed(2)} ${currency}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
