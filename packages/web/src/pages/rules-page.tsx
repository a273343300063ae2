import { useRules } from '../feed/use-rules.ts'
import { useTitle } from '../ui/media.ts'
import { Failure, PageSkeleton } from '../ui/states.tsx'

/** How the game counts: the server's own table. */
export function RulesPage() {
  useTitle('How points count')
  const rules = useRules()
  if (rules.isPending) return <PageSkeleton label="Loading the rules" />
  if (rules.isError) {
    return (
      <div className="page">
        <Failure fault={rules.error} onRetry={() => void rules.refetch()} />
      </div>
    )
  }
  const { rules: table, mayorWindowDays, freezeEarnedWeeks } = rules.data
  return (
    <div className="page">
      <h1>How points count</h1>
      <p className="lead">
        For check-ins told as they happen. The board is of one week, Monday to Sunday, among you and those whom you
        follow. Everything follows from public records, so that anybody can check it.
      </p>
      <table className="rules">
        <thead>
          <tr>
            <th scope="col">What for</th>
            <th scope="col">Points</th>
          </tr>
        </thead>
        <tbody>
          {table.map(({ id, label, about, points }) => (
            <tr key={id}>
              <th scope="row">
                {label}
                <span className="quiet">{about}</span>
              </th>
              <td>{points}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2 className="section-title">Crowns and streaks</h2>
      <p>
        The mayor of a place was there on the most different days of the last {mayorWindowDays}; of several with as
        many, the one who reached that number first.
      </p>
      <p>
        A streak is weeks in a row with a check-in. After {freezeEarnedWeeks} weeks in a row, one missed week is
        forgiven.
      </p>
    </div>
  )
}
