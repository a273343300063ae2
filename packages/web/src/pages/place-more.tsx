import { useInfiniteQuery } from '@tanstack/react-query'
import { Crown, Trash2 } from 'lucide'
import { type SubmitEvent, useId, useState } from 'react'
import { Link } from 'wouter'
import { ask, call } from '../api.ts'
import { placeFromView } from '../compose/draft.ts'
import { graphemes } from '../compose/graphemes.ts'
import { t } from '../language/pages.ts'
import { personPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { actorOf, nameOf } from '../ui/names.ts'
import { Failure } from '../ui/states.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useAct } from '../ui/use-act.ts'
import { ShowMore } from '../ui/show-more.tsx'
import type { MayorView, PlaceView } from '../views.ts'

const TIP_GRAPHEMES_MAX = 500

export function Mayor({ mayor }: { readonly mayor: MayorView }) {
  return (
    <p className="mayor">
      <Icon of={Crown} size={18} />
      <span>
        {t.place.mayor(<Link href={personPath(actorOf(mayor.actor))}>{nameOf(mayor.actor)}</Link>, mayor.days)}
      </span>
    </p>
  )
}

/** What people advise, newest first, and a field for one's own. */
export function Tips({ place, count }: { readonly place: PlaceView; readonly count: number }) {
  const { actor } = useSession()
  const { isBusy, act } = useAct()
  const key = ['tips', place.id]
  const changed = [key, ['place', place.id]]
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      ask('app.waypost.tip.getTips', { place: place.id, cursor: pageParam, limit: 20 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  })
  const [text, setText] = useState('')
  const fieldId = useId()
  const tips = query.data?.pages.flatMap((page) => page.tips) ?? []
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const said = text.trim()
    if (said === '') return
    const give = () => call('app.waypost.tip.create', { place: placeFromView(place), text: said })
    if (await act(give, changed)) setText('')
  }
  const left = TIP_GRAPHEMES_MAX - graphemes(text)
  return (
    <section className="tips" aria-label={t.place.tips}>
      <h2 className="section-title">{count === 0 ? t.place.tips : t.counts.tips(count)}</h2>
      {query.isPending && <p className="bone bone-text" role="status" aria-label={t.place.tipsLoading} />}
      {query.isError && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && tips.length === 0 && <p className="quiet">{t.place.tipsNone}</p>}
      <ol role="list">
        {tips.map((tip) => (
          <li key={tip.uri} className="comment">
            <Link href={personPath(actorOf(tip.author))} tabIndex={-1} aria-hidden="true">
              <Avatar person={tip.author} size="s" />
            </Link>
            <div className="comment-body">
              <p className="comment-head">
                <Link href={personPath(actorOf(tip.author))}>{nameOf(tip.author)}</Link>
                <TimeAgo at={tip.sortAt} />
                {actor?.did === tip.author.did && (
                  <button
                    type="button"
                    className="comment-delete"
                    aria-label={t.place.tipDelete}
                    disabled={isBusy}
                    onClick={() => void act(() => call('app.waypost.tip.delete', { uri: tip.uri }), changed)}
                  >
                    <Icon of={Trash2} size={15} />
                  </button>
                )}
              </p>
              <p dir="auto">{tip.text}</p>
            </div>
          </li>
        ))}
      </ol>
      <ShowMore query={query} label={t.place.tipsMore} />
      {actor !== undefined && (
        <form className="tip-form" onSubmit={(event) => void submit(event)}>
          <label htmlFor={fieldId} className="visually-hidden">
            {t.place.tipYours}
          </label>
          <textarea
            id={fieldId}
            rows={2}
            value={text}
            placeholder={t.place.tipLeave}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="button button-main" disabled={isBusy || text.trim() === '' || left < 0}>
            {left < 50 ? t.place.charactersLeft(left) : t.place.tipGive}
          </button>
        </form>
      )}
    </section>
  )
}
