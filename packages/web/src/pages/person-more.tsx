import { useQuery } from '@tanstack/react-query'
import { Crown, Flame, Snowflake } from 'lucide-react'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { CheckinCard } from '../feed/checkin-card.tsx'
import { listPath, placePath } from '../paths.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { counted } from '../ui/numbers.ts'
import { Failure } from '../ui/states.tsx'
import type { ProfileView } from '../views.ts'

const NAMED_MAX = 8

/** Streak, passport, categories and crowns: what somebody's check-ins come to. */
export function PersonFigures({ person }: { readonly person: ProfileView }) {
  const query = useQuery({
    queryKey: ['person-stats', person.did],
    queryFn: ({ signal }) => ask('app.waypost.actor.getStats', { actor: person.did }, signal),
    enabled: person.checkinCount > 0,
  })
  const crowns = useQuery({
    queryKey: ['crowns', person.did],
    queryFn: ({ signal }) => ask('app.waypost.game.getMayorships', { actor: person.did, limit: 20 }, signal),
    enabled: person.checkinCount > 0,
  })
  const lists = useQuery({
    queryKey: ['lists', person.did],
    queryFn: ({ signal }) => ask('app.waypost.list.getLists', { actor: person.did, limit: 20 }, signal),
  })
  if (query.isError) return <Failure fault={query.error} onRetry={() => void query.refetch()} />
  const stats = query.data
  return (
    <>
      {stats !== undefined && (
        <section className="figures" aria-label="Figures">
          <p className="streak">
            <Flame size={18} aria-hidden="true" />
            {stats.streak.current === 0 ? 'No streak now' : `${counted(stats.streak.current, 'week')} in a row`}
            <span className="quiet">
              {' '}
              · longest {stats.streak.longest} · {counted(stats.dayCount, 'day')} with a check-in
            </span>
            {stats.streak.hasFreeze && (
              <span className="badge" title="A missed week would be forgiven">
                <Snowflake size={14} aria-hidden="true" /> freeze
              </span>
            )}
          </p>
          {stats.cities.length > 0 && (
            <p className="passport">
              {stats.cities.slice(0, NAMED_MAX).map(({ name, country, checkinCount }) => (
                <span key={`${country} ${name}`} className="stamp">
                  <bdi>{name}</bdi> <small>{country}</small> {checkinCount}
                </span>
              ))}
              {stats.cities.length > NAMED_MAX && (
                <span className="quiet">and {stats.cities.length - NAMED_MAX} more</span>
              )}
            </p>
          )}
          {stats.categories.length > 0 && (
            <p className="passport">
              {stats.categories.slice(0, NAMED_MAX).map(({ category, checkinCount }) => (
                <span key={category} className="stamp">
                  <CategoryGlyph category={category} /> {categoryLook(category).label} {checkinCount}
                </span>
              ))}
            </p>
          )}
        </section>
      )}
      {crowns.data !== undefined && crowns.data.crowns.length > 0 && (
        <section aria-label="Crowns">
          <h2 className="section-title">Mayor of</h2>
          <p className="passport">
            {crowns.data.crowns.map(({ place, days }) => (
              <span key={place.id} className="stamp">
                <Crown size={15} aria-hidden="true" />
                {place.id === undefined ? (
                  <bdi>{place.name}</bdi>
                ) : (
                  <Link href={placePath(place.id)}>{place.name}</Link>
                )}
                <span className="quiet">{counted(days, 'day')}</span>
              </span>
            ))}
          </p>
        </section>
      )}
      {lists.data !== undefined && lists.data.lists.length > 0 && (
        <section aria-label="Lists">
          <h2 className="section-title">Lists</h2>
          <p className="passport">
            {lists.data.lists.map(({ uri, name, placeCount }) => (
              <Link key={uri} href={listPath(uri) ?? '/'} className="stamp">
                <bdi>{name}</bdi> {placeCount}
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
    <section aria-label="On this day">
      <h2 className="section-title">On this day</h2>
      {feed.slice(0, 3).map((checkin) => (
        <CheckinCard key={checkin.uri} checkin={checkin} without="author" />
      ))}
    </section>
  )
}
