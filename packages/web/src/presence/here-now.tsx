import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask, call } from '../api.ts'
import { t } from '../language/pages.ts'
import { checkinPath, personPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { actorOf, nameOf } from '../ui/names.ts'
import { Failure } from '../ui/states.tsx'
import { useNow } from '../ui/time-ago.tsx'
import { clockTime } from '../ui/dates.ts'
import { timeInFull } from '../ui/time.ts'
import { useAct } from '../ui/use-act.ts'
import type { CheckinView, OwnPresence, PersonHere } from '../views.ts'

/** Often enough to meet somebody, and no stream: counts change by the quarter of an hour. */
const REFETCH_MS = 30_000
/** So long after a check-in its author may still say that they are there. */
const HERE_MS = 2 * 60 * 60_000

interface HereNowProps {
  readonly place: string
  /** Check-ins at the place, among them perhaps one's own of just now. */
  readonly checkins: readonly CheckinView[]
}

/** Who is at a place now: oneself, friends by name, others as a coarse count. */
export function HereNow({ place, checkins }: HereNowProps) {
  const { actor } = useSession()
  const query = useQuery({
    queryKey: ['here', place],
    queryFn: ({ signal }) => ask('app.waypost.presence.getHereNow', { place }, signal),
    staleTime: 0,
    refetchInterval: REFETCH_MS,
  })
  const now = useNow()
  const { data } = query
  const isSignedIn = actor !== undefined
  if (!isSignedIn && data?.atLeast === undefined) return null
  // Without a connection too, nobody is shown for longer than they said.
  const people = data?.people.filter(({ since }) => now < Date.parse(since) + HERE_MS) ?? []
  const own = data?.viewer !== undefined && now < Date.parse(data.viewer.until) ? data.viewer : undefined
  const isEmpty = own === undefined && people.length === 0 && data?.atLeast === undefined
  return (
    <section className="here" aria-label={t.presence.hereNow}>
      <h2 className="section-title">{t.presence.hereNow}</h2>
      {query.isPending && <p className="bone bone-text" role="status" aria-label={t.presence.loading} />}
      {query.isError && data === undefined && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      {isSignedIn && data !== undefined && (
        <Oneself place={place} own={own} checkin={checkins.find(({ author }) => author.did === actor.did)} />
      )}
      {people.length > 0 && <Friends people={people} />}
      {data?.atLeast !== undefined && <p className="quiet">{t.presence.atLeast(data.atLeast)}</p>}
      {isEmpty && data !== undefined && <p className="quiet">{t.presence.nobody}</p>}
      {query.isError && data !== undefined && (
        <p className="quiet" role="status">
          {t.presence.stale(clockTime(new Date(query.dataUpdatedAt).toISOString()))}
        </p>
      )}
    </section>
  )
}

interface OneselfProps {
  readonly place: string
  readonly own: OwnPresence | undefined
  /** One's newest check-in here. */
  readonly checkin: CheckinView | undefined
}

/** Whether one is shown as being here, and how to change that. */
function Oneself({ place, own, checkin }: OneselfProps) {
  const { isBusy, act } = useAct()
  const now = useNow()
  const changed = [['here', place]]
  if (own !== undefined) {
    return (
      <div className="here-own">
        <p>
          {t.presence.until(<AtTime at={own.until} />)}
          <span className="quiet">{t.presence.seenBy}</span>
        </p>
        <button
          type="button"
          className="button button-quiet"
          disabled={isBusy}
          onClick={() => void act(() => call('app.waypost.presence.leave', {}), changed)}
        >
          {t.presence.leave}
        </button>
      </div>
    )
  }
  if (checkin === undefined || now >= Date.parse(checkin.sortAt) + HERE_MS) return null
  const enter = () => call('app.waypost.presence.enter', { checkin: checkin.uri })
  return (
    <div className="here-own">
      <p>
        {t.presence.checkedIn(<AtTime at={checkin.sortAt} />)}
        <span className="quiet">{t.presence.unseen}</span>
      </p>
      <button type="button" className="button button-quiet" disabled={isBusy} onClick={() => void act(enter, changed)}>
        {t.presence.show}
      </button>
    </div>
  )
}

function Friends({ people }: { readonly people: readonly PersonHere[] }) {
  return (
    <ul role="list" className="here-people">
      {people.map(({ actor, since, checkin }) => {
        const path = checkin === undefined ? undefined : checkinPath(checkin)
        const at = <AtTime at={since} />
        return (
          <li key={actor.did}>
            <Avatar person={actor} size="s" />
            <p>
              <Link href={personPath(actorOf(actor))}>
                <bdi>{nameOf(actor)}</bdi>
              </Link>
              <span className="quiet">{t.presence.since(path === undefined ? at : <Link href={path}>{at}</Link>)}</span>
            </p>
          </li>
        )
      })}
    </ul>
  )
}

/** Within two hours the time of day is enough, and needs no counting. */
function AtTime({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={timeInFull(at)}>
      {clockTime(at)}
    </time>
  )
}
