import { useQuery } from '@tanstack/react-query'
import { Crown, Flame, Snowflake } from 'lucide'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { CheckinCard } from '../feed/checkin-card.tsx'
import { t } from '../language/pages.ts'
import { numeral } from '../language/formats.ts'
import { Passport } from '../lifelog/passport.tsx'
import { listPath, placePath } from '../paths.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
import { Failure } from '../ui/states.tsx'
import type { ProfileView } from '../views.ts'

const NAMED_MAX = 8

function useStats(person: ProfileView) {
  return useQuery({
    queryKey: ['person-stats', person.did],
    queryFn: ({ signal }) => ask('app.waypost.actor.getStats', { actor: person.did }, signal),
    enabled: person.checkinCount > 0,
  })
}

/** How many weeks in a row. */
export function PersonStreak({ person }: { readonly person: ProfileView }) {
  const query = useStats(person)
  if (person.checkinCount === 0) return null
  if (query.isError) return <Failure fault={query.error} onRetry={() => void query.refetch()} />
  const stats = query.data
  if (stats === undefined) return <p className="bone bone-text" role="status" aria-label={t.person.streakLoading} />
  return (
    <p className="streak">
      <Icon of={Flame} size={18} />
      {stats.streak.current === 0 ? t.person.noStreak : t.counts.weeksInARow(stats.streak.current)}
      <span className="quiet">{t.person.streakMore(stats.streak.longest, stats.dayCount)}</span>
      {stats.streak.hasFreeze && (
        <span className="badge" title={t.person.freezeWhat}>
          <Icon of={Snowflake} size={14} /> {t.person.freeze}
        </span>
      )}
    </p>
  )
}

/** Passport, kinds of places, crowns and lists: what somebody's check-ins come to. */
export function PersonMore({ person }: { readonly person: ProfileView }) {
  const stats = useStats(person).data
  const crowns = useQuery({
    queryKey: ['crowns', person.did],
    queryFn: ({ signal }) => ask('app.waypost.game.getMayorships', { actor: person.did, limit: 20 }, signal),
    enabled: person.checkinCount > 0,
  })
  const lists = useQuery({
    queryKey: ['lists', person.did],
    queryFn: ({ signal }) => ask('app.waypost.list.getLists', { actor: person.did, limit: 20 }, signal),
  })
  return (
    <>
      {stats !== undefined && <Passport stats={stats} />}
      {stats !== undefined && stats.categories.length > 0 && (
        <section aria-label={t.person.kinds}>
          <h2 className="section-title">{t.person.kinds}</h2>
          <p className="passport">
            {stats.categories.slice(0, NAMED_MAX).map(({ category, checkinCount }) => (
              <span key={category} className="stamp">
                <CategoryGlyph category={category} /> {categoryLook(category).label} {numeral(checkinCount)}
              </span>
            ))}
          </p>
        </section>
      )}
      {crowns.data !== undefined && crowns.data.crowns.length > 0 && (
        <section aria-label={t.person.crowns}>
          <h2 className="section-title">{t.person.mayorOf}</h2>
          <p className="passport">
            {crowns.data.crowns.map(({ place, days }) => (
              <span key={place.id} className="stamp">
                <Icon of={Crown} size={15} />
                {place.id === undefined ? (
                  <bdi>{place.name}</bdi>
                ) : (
                  <Link href={placePath(place.id)}>{place.name}</Link>
                )}
                <span className="quiet">{t.counts.days(days)}</span>
              </span>
            ))}
          </p>
        </section>
      )}
      {lists.data !== undefined && lists.data.lists.length > 0 && (
        <section aria-label={t.lists.page}>
          <h2 className="section-title">{t.lists.page}</h2>
          <p className="passport">
            {lists.data.lists.map(({ uri, name, placeCount }) => (
              <Link key={uri} href={listPath(uri) ?? '/'} className="stamp">
                <bdi>{name}</bdi> {numeral(placeCount)}
              </Link>
            ))}
          </p>
        </section>
      )}
    </>
  )
}

/** Check-ins of this day in earlier years; nothing where there are none. */
export function OnThisDay({ person }: { readonly person: ProfileView }) {
  const query = useQuery({
    queryKey: ['on-this-day', person.did],
    queryFn: ({ signal }) => ask('app.waypost.actor.getOnThisDay', { actor: person.did }, signal),
  })
  const feed = query.data?.feed ?? []
  if (feed.length === 0) return null
  return (
    <section aria-label={t.person.onThisDay}>
      <h2 className="section-title">{t.person.onThisDay}</h2>
      {feed.slice(0, 3).map((checkin) => (
        <CheckinCard key={checkin.uri} checkin={checkin} without="author" />
      ))}
    </section>
  )
}
