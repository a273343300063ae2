import { ops, share } from '../language/ops.ts'
import type { ObjectiveState } from '@waypost/lexicon/ops-state'

/** As of the alerts: the budget of a month goes in two days at the first, in five at the second. */
const FAST = 14.4
const SLOW = 6

/** What is promised of how fresh the feed is, what holds, and how fast the error budget is spent. */
export function Freshness({ objective }: { readonly objective: ObjectiveState }) {
  const { target, withinSeconds, current, total, heldMs, budgetLeft, windows } = objective
  return (
    <section className="ops-panel ops-slo" aria-labelledby="ops-slo">
      <h2 id="ops-slo">{ops.slo.heading}</h2>
      <p className="slo-now" data-tone={tone(budgetLeft === undefined ? 0 : budgetLeft < 0 ? FAST + 1 : 0)}>
        {current === undefined ? ops.slo.none : share(current)}
      </p>
      <p className="quiet">
        {total > 0 && <>{ops.slo.of(total)} </>}
        {total > 0 && ops.slo.since(heldMs / 1_000)}
      </p>
      <p className="slo-promise">{ops.slo.promise(target, withinSeconds)}</p>
      {budgetLeft !== undefined && (
        <div className="slo-budget">
          <p>
            <span>{ops.slo.budget}</span>
            <strong>{budgetLeft < 0 ? ops.slo.overdrawn : share(budgetLeft)}</strong>
          </p>
          <span className="meter" aria-hidden="true" data-tone={budgetLeft < 0.1 ? 'bad' : undefined}>
            <span style={{ inlineSize: `${Math.max(0, budgetLeft) * 100}%` }} />
          </span>
        </div>
      )}
      <h3>{ops.slo.burn}</h3>
      <dl className="slo-burn">
        {windows.map(({ name, burnRate }) => (
          <div key={name} data-tone={burnRate === undefined ? undefined : tone(burnRate)}>
            <dt>{ops.slo.windows[name] ?? name}</dt>
            <dd>{burnRate === undefined ? ops.nothing : ops.slo.times(burnRate)}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">{ops.slo.burnNote}</p>
    </section>
  )
}

function tone(burnRate: number): 'good' | 'warn' | 'bad' {
  return burnRate > FAST ? 'bad' : burnRate > SLOW ? 'warn' : 'good'
}
