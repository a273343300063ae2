import './budget.css'
import { CircleCheck, TriangleAlert } from 'lucide'
import { type FormEvent, useState } from 'react'
import { amount, gibibytes, money, ops, share } from '../language/ops.ts'
import { Icon } from '../ui/icon.tsx'
import { timeInFull } from '../ui/time.ts'
import { overrideBudget } from './ask.ts'
import type { BudgetState, CostState, LimitState, OpsState } from '@waypost/lexicon/ops-state'

const HOURS = [1, 6, 24] as const

/** What this process has used of what it may, what it leaves out, and what that costs. */
export function Budget({
  budget,
  onChanged,
}: Pick<OpsState, 'budget'> & { readonly onChanged: (state: OpsState) => void }) {
  const { limits, steps, override, prices, day, month, warnAt } = budget
  const isShedding = steps.some(({ isShed }) => isShed)
  return (
    <section className="ops-panel ops-budget" aria-labelledby="ops-budget">
      <h2 id="ops-budget">{ops.budget.heading}</h2>
      {(isShedding || override !== undefined) && <Passing budget={budget} onChanged={onChanged} />}
      <div className="budget-halves">
        <div>
          {limits.length === 0 ? (
            <p className="quiet">{ops.budget.none}</p>
          ) : (
            <>
              <ul className="budget-limits">
                {limits.map((limit) => (
                  <Limit key={limit.id} limit={limit} {...{ warnAt, prices }} />
                ))}
              </ul>
              <h3>{ops.budget.order}</h3>
              <ol className="budget-steps">
                {steps.map(({ name, beginsAt, isShed }) => (
                  <li key={name} data-tone={isShed ? 'bad' : undefined}>
                    <b>{ops.budget.steps[name]}</b>
                    <span>{isShed ? ops.budget.leftOut : share(beginsAt)}</span>
                  </li>
                ))}
              </ol>
            </>
          )}
        </div>
        <Costs {...{ day, month, prices }} />
      </div>
    </section>
  )
}

function Limit({
  limit,
  warnAt,
  prices: { currency },
}: { readonly limit: LimitState } & Pick<BudgetState, 'warnAt' | 'prices'>) {
  const { resource, per, used, of, share: part, forecast } = limit
  const told = (value: number): string => amountOf(resource, value, currency)
  const tone = part >= 1 ? 'bad' : part >= warnAt ? 'warn' : undefined
  return (
    <li data-tone={tone}>
      <p>
        <strong>{ops.budget.limit(ops.budget.resources[resource], ops.budget.periods[per])}</strong>
        <b>{share(part)}</b>
      </p>
      <span className="meter" aria-hidden="true" data-tone={tone}>
        <span style={{ inlineSize: `${Math.min(1, part) * 100}%` }} />
      </span>
      <p className="quiet">
        <span>{ops.budget.usedOf(told(used), told(of))}</span>
        {forecast !== undefined && <span>{ops.budget.forecast(told(forecast))}</span>}
      </p>
    </li>
  )
}

/** What is left out now, and how an operator has the budget passed over. */
function Passing({
  budget: { steps, override },
  onChanged,
}: Pick<OpsState, 'budget'> & { readonly onChanged: (state: OpsState) => void }) {
  const [hours, setHours] = useState<number>(HOURS[0])
  const [isAsking, setAsking] = useState(false)
  const [hasFailed, setFailed] = useState(false)

  async function ask(wanted: number): Promise<void> {
    setAsking(true)
    setFailed(false)
    try {
      onChanged(await overrideBudget(wanted))
    } catch {
      setFailed(true)
    } finally {
      setAsking(false)
    }
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void ask(override === undefined ? hours : 0)
  }

  return (
    <form className="budget-passing" data-tone={override === undefined ? 'bad' : 'warn'} onSubmit={submit}>
      <p role="status">
        <Icon of={override === undefined ? TriangleAlert : CircleCheck} size={18} />
        {override === undefined
          ? ops.budget.shed(steps.filter(({ isShed }) => isShed).map(({ name }) => ops.budget.steps[name]))
          : ops.budget.overridden(timeInFull(new Date(override.untilMs).toISOString()))}
      </p>
      <div>
        {override === undefined && (
          <select
            className="field"
            aria-label={ops.budget.forHow}
            value={hours}
            onChange={(event) => setHours(Number(event.target.value))}
          >
            {HOURS.map((each) => (
              <option key={each} value={each}>
                {ops.budget.hours(each)}
              </option>
            ))}
          </select>
        )}
        <button type="submit" className="button button-main button-small" disabled={isAsking}>
          {override === undefined ? ops.budget.passOver : ops.budget.takeBack}
        </button>
      </div>
      {hasFailed && <p role="alert">{ops.budget.failed}</p>}
    </form>
  )
}

function Costs({ day, month, prices }: Pick<BudgetState, 'day' | 'month' | 'prices'>) {
  const { currency } = prices
  const paid = (value: number | undefined): string => (value === undefined ? ops.nothing : money(value, currency))
  const rows: readonly (readonly [string, (period: CostState) => string])[] = [
    [ops.budget.total, ({ total }) => paid(total)],
    [ops.budget.perMillion, ({ perMillionCheckins }) => paid(perMillionCheckins)],
    [ops.budget.perThousand, ({ perThousandPeople }) => paid(perThousandPeople)],
    [ops.budget.checkins, ({ checkins }) => amount(checkins)],
    [ops.budget.people, ({ people }) => amount(people)],
    [ops.budget.parts.cpu, ({ parts }) => paid(parts.cpu)],
    [ops.budget.parts.memory, ({ parts }) => paid(parts.memory)],
    [ops.budget.parts.disk, ({ parts }) => paid(parts.disk)],
    [ops.budget.parts.egress, ({ parts }) => paid(parts.egress)],
    [ops.budget.parts.fetches, ({ parts }) => paid(parts.fetches)],
  ]
  return (
    <div>
      <table className="ops-table budget-costs">
        <thead>
          <tr>
            <th scope="col">{ops.budget.cost}</th>
            <th scope="col">{ops.budget.periods.day}</th>
            <th scope="col">{ops.budget.periods.month}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, told]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{told(day)}</td>
              <td>{told(month)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">{ops.budget.pricesBy(prices.name)}</p>
    </div>
  )
}

function amountOf(resource: LimitState['resource'], value: number, currency: string): string {
  switch (resource) {
    case 'egress':
    case 'disk':
    case 'log':
      return gibibytes(value)
    case 'money':
      return money(value, currency)
    case 'images':
    case 'fetches':
      return amount(Math.round(value))
  }
}
