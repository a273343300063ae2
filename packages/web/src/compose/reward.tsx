import { useQuery } from '@tanstack/react-query'
import { Crown, Flame, Sparkles } from 'lucide'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { useRuleLabels } from '../feed/use-rules.ts'
import { t } from '../language/pages.ts'
import { rulesPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'
import type { MayorView, PlaceView } from '../views.ts'

interface RewardProps {
  readonly uri: string
  /** As it is with this check-in; undefined until it is known. */
  readonly place: PlaceView | undefined
  readonly mayor: MayorView | undefined
}

/** What a check-in was worth and why, the streak that it keeps, and how far the crown is. */
export function Reward({ uri, place, mayor }: RewardProps) {
  const { actor } = useSession()
  const labelOf = useRuleLabels()
  const points = useQuery({
    queryKey: ['points', uri],
    queryFn: ({ signal }) => ask('app.waypost.game.getPoints', { uri }, signal),
  })
  const stats = useQuery({
    queryKey: ['person-stats', actor?.did, uri],
    queryFn: ({ signal }) => ask('app.waypost.actor.getStats', { actor: actor?.did ?? '' }, signal),
    enabled: actor !== undefined,
  })
  const weeks = stats.data?.streak.current ?? 0
  const crown = crownSentence(place, mayor, actor?.did)
  return (
    <div className="reward" role="status" aria-busy={points.isPending}>
      {points.isPending && <span className="bone bone-short" />}
      {points.isError && <p className="quiet">{t.done.worthUnknown}</p>}
      {points.data !== undefined && (
        <>
          <p className="reward-points">
            <strong>{t.counts.points(points.data.points)}</strong>{' '}
            <Link href={rulesPath} className="reward-why">
              {points.data.points === 0 ? t.done.whyNone : t.done.howItCounts}
            </Link>
          </p>
          <ul role="list" className="reward-list">
            {points.data.by.map(({ rule, count, points: each }) => (
              <li key={rule}>
                <Icon of={Sparkles} size={16} />
                {labelOf(rule)}
                {count > 1 && ` × ${count}`}
                <span className="reward-plus">+{each}</span>
              </li>
            ))}
            {weeks > 1 && (
              <li>
                <Icon of={Flame} size={16} />
                {t.counts.weeksInARow(weeks)}
              </li>
            )}
            {crown !== undefined && (
              <li>
                <Icon of={Crown} size={16} />
                {crown}
              </li>
            )}
          </ul>
        </>
      )}
    </div>
  )
}

/** A tie leaves the crown with whoever has it, so that it takes one day more. */
function crownSentence(
  place: PlaceView | undefined,
  mayor: MayorView | undefined,
  me: string | undefined,
): string | undefined {
  const own = place?.viewer?.crownDays
  if (mayor === undefined || own === undefined) return undefined
  if (mayor.actor.did === me) return t.done.youAreMayor
  return t.done.fromCrown(Math.max(1, mayor.days + 1 - own))
}
