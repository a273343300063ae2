import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { personPath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { actorOf, nameOf } from '../ui/names.ts'
import { counted } from '../ui/numbers.ts'

/** This week among friends. */
export function Board() {
  const query = useQuery({
    queryKey: ['board'],
    queryFn: ({ signal }) => ask('app.waypost.game.getLeaderboard', {}, signal),
    staleTime: 60_000,
  })
  const standings = query.data?.standings ?? []
  if (standings.length === 0) return null
  return (
    <section className="board" aria-label="This week's points">
      <h2 className="section-title">This week</h2>
      <ol role="list">
        {standings.slice(0, 10).map(({ actor, rank, points, checkins }) => (
          <li key={actor.did} className="board-line">
            <span className="board-rank">{rank}</span>
            <Avatar person={actor} size="s" />
            <Link href={personPath(actorOf(actor))}>{nameOf(actor)}</Link>
            <span className="quiet">{counted(checkins, 'check-in')}</span>
            <strong>{counted(points, 'point')}</strong>
          </li>
        ))}
      </ol>
    </section>
  )
}
