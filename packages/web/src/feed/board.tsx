import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide'
import { useId, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { t } from '../language/pages.ts'
import { personPath, rulesPath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { actorOf, nameOf } from '../ui/names.ts'
import { Failure } from '../ui/states.tsx'
import type { StandingView } from '../views.ts'
import { useRuleLabels } from './use-rules.ts'

const SHOWN_MAX = 10

/** This week among friends, and what each one's points are for. */
export function Board() {
  const query = useQuery({
    queryKey: ['board'],
    queryFn: ({ signal }) => ask('app.waypost.game.getLeaderboard', {}, signal),
    staleTime: 60_000,
  })
  const [isWhole, setWhole] = useState(false)
  const standings = query.data?.standings ?? []
  return (
    <section className="board" aria-label={t.board.region}>
      <div className="section-head">
        <h2 className="section-title">{t.board.heading}</h2>
        <Link href={rulesPath} className="button button-quiet button-small">
          {t.board.howPointsCount}
        </Link>
      </div>
      {query.isPending && <p className="bone bone-text" role="status" aria-label={t.board.loading} />}
      {query.isError && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && standings.length === 0 && <p className="quiet">{t.board.empty}</p>}
      <ol role="list">
        {standings.slice(0, isWhole ? undefined : SHOWN_MAX).map((standing) => (
          <li key={standing.actor.did}>
            <Standing standing={standing} />
          </li>
        ))}
      </ol>
      {!isWhole && standings.length > SHOWN_MAX && (
        <button type="button" className="button button-quiet" onClick={() => setWhole(true)}>
          {t.board.showAll(standings.length)}
        </button>
      )}
    </section>
  )
}

function Standing({ standing: { actor, rank, points, checkins, by } }: { readonly standing: StandingView }) {
  const [isOpen, setOpen] = useState(false)
  const whyId = useId()
  const labelOf = useRuleLabels()
  return (
    <>
      <div className="board-line">
        <span className="board-rank">{rank}</span>
        <Avatar person={actor} size="s" />
        <span className="board-who">
          <Link href={personPath(actorOf(actor))}>{nameOf(actor)}</Link>
          <span className="quiet">{t.counts.checkins(checkins)}</span>
        </span>
        <button
          type="button"
          className="board-points"
          aria-expanded={isOpen}
          aria-controls={whyId}
          onClick={() => setOpen((old) => !old)}
        >
          <strong>{t.counts.points(points)}</strong>
          <span className="visually-hidden">{t.board.whatFor(nameOf(actor))}</span>
          <Icon of={ChevronDown} size={16} />
        </button>
      </div>
      <ul id={whyId} role="list" className="board-why" hidden={!isOpen}>
        {by.map(({ rule, count, points: each }) => (
          <li key={rule}>
            <span>
              {labelOf(rule)}
              {count > 1 && ` × ${count}`}
            </span>
            <span className="reward-plus">+{each}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
