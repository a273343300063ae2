import { ruleWords } from '../feed/rule-words.ts'
import { useRules } from '../feed/use-rules.ts'
import { t } from '../language/pages.ts'
import { useTitle } from '../ui/media.ts'
import { Failure, PageSkeleton } from '../ui/states.tsx'

/** How the game counts: the server's own table. */
export function RulesPage() {
  useTitle(t.rules.page)
  const rules = useRules()
  if (rules.isPending) return <PageSkeleton label={t.rules.loading} />
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
      <h1>{t.rules.page}</h1>
      <p className="lead">{t.rules.lead}</p>
      <table className="rules">
        <thead>
          <tr>
            <th scope="col">{t.rules.whatFor}</th>
            <th scope="col">{t.rules.points}</th>
          </tr>
        </thead>
        <tbody>
          {table
            .map((rule) => ({ ...rule, ...ruleWords(rule) }))
            .map(({ id, label, about, points }) => (
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
      <h2 className="section-title">{t.rules.crownsAndStreaks}</h2>
      <p>{t.rules.mayor(mayorWindowDays)}</p>
      <p>{t.rules.streak(freezeEarnedWeeks)}</p>
    </div>
  )
}
