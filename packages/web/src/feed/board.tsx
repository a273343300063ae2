import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { personPath, rulesPath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { actorOf, nameOf } from '../ui/names.ts'
import { counted } from '../ui/numbers.ts'
import { Failure } from '../ui/states.tsx'

const SHOWN_MAX = 10

/** This week among friends. */
export function Board() {
  const query = useQuery({
    queryKey: ['board'],
    queryFn: ({ signal }) => ask('app.waypost.game.getLeaderboard', {}, signal),
    staleTime: 60_000,
  })
  const standings = query.data?.standings ?? []
  return (
    <section className="board" aria-label="This week’s points">
      <div className="section-head">
        <h2 className="section-title">This week</h2>
        <Link href={rulesPath} className="button button-quiet button-small">
          How points count
        </Link>
      </div>
      {query.isPending && <p className="bone bone-text" role="status" aria-label="Loading the board" />}
      {query.isError && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && standings.length === 0 && (
        <p className="quiet">Nobody has points yet this week. The first check-in leads.</p>
      )}
      <ol role="list">
        {standings.slice(0, SHOWN_MAX).map(({ actor, rank, points, checkins }) => (
          <li key={actor.did} className="board-line">
            <span className="board-rank">{rank}</span>
            <Avatar person={actor} size="s" />
            <span className="board-who">
              <Link href={personPath(actorOf(actor))}>{nameOf(actor)}</Link>
              <span className="quiet">{counted(checkins, 'check-in')}</span>
            </span>
            <strong>{counted(points, 'point')}</strong>
          </li>
        ))}
      </ol>
    </section>
  )
}
