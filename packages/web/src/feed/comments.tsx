import { type InfiniteData, type UseInfiniteQueryResult, useQueryClient } from '@tanstack/react-query'
import { Send, Trash2 } from 'lucide'
import { type SubmitEvent, type KeyboardEvent, useId, useState } from 'react'
import { Link } from 'wouter'
import { call, explain } from '../api.ts'
import { graphemes } from '../compose/graphemes.ts'
import { t } from '../language/pages.ts'
import { personPath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { actorOf, nameOf } from '../ui/names.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useAct } from '../ui/use-act.ts'
import { ShowMore } from '../ui/show-more.tsx'
import type { CheckinView, CommentView, ProfileViewBasic } from '../views.ts'
import { PersonLink } from './checkin-head.tsx'
import { findFacets } from './find-facets.ts'
import type { Mentions } from './mention.ts'
import { MentionField } from './mention-field.tsx'
import { RichText } from './rich-text.tsx'

const COMMENT_GRAPHEMES_MAX = 300

interface CommentsPage {
  readonly checkin: CheckinView
  readonly comments: readonly CommentView[]
}

interface CommentsProps {
  readonly checkin: CheckinView
  readonly query: UseInfiniteQueryResult<InfiniteData<CommentsPage>>
}

/** What people said below a check-in, oldest first, and the field to answer. */
export function Comments({ checkin, query }: CommentsProps) {
  const { actor } = useSession()
  const [written, setWritten] = useState<readonly CommentView[]>([])
  const [deleted, setDeleted] = useState<ReadonlySet<string>>(new Set())
  const queryClient = useQueryClient()
  const { act } = useAct()
  const loaded = query.data?.pages.flatMap((page) => page.comments) ?? []
  const known = new Set<string>(loaded.map(({ uri }) => uri))
  const comments = [...loaded, ...written.filter(({ uri }) => !known.has(uri))].filter(({ uri }) => !deleted.has(uri))
  const refresh = () => {
    void queryClient.invalidateQueries({ queryKey: ['checkin', checkin.uri] })
    void queryClient.invalidateQueries({ queryKey: ['feed'], refetchType: 'none' })
  }

  const remove = async (uri: string) => {
    setDeleted((old) => new Set([...old, uri]))
    if (await act(() => call('app.waypost.feed.deleteComment', { uri }))) refresh()
    else setDeleted((old) => new Set([...old].filter((one) => one !== uri)))
  }

  return (
    <section className="comments" aria-label={t.checkin.comments}>
      <h2 className="section-title">
        {comments.length === 0 ? t.checkin.comments : t.counts.comments(comments.length)}
      </h2>
      {comments.length === 0 && <p className="quiet">{t.comments.none}</p>}
      <ol role="list">
        {comments.map((comment) => (
          <li key={comment.uri} className="comment">
            <Link href={personPath(actorOf(comment.author))} tabIndex={-1} aria-hidden="true">
              <Avatar person={comment.author} size="s" />
            </Link>
            <div className="comment-body">
              <p className="comment-head">
                <PersonLink person={comment.author} />
                <TimeAgo at={comment.sortAt} />
                {actor?.did === comment.author.did && (
                  <button
                    type="button"
                    className="comment-delete"
                    aria-label={t.comments.delete}
                    onClick={() => void remove(comment.uri)}
                  >
                    <Icon of={Trash2} size={15} />
                  </button>
                )}
              </p>
              <RichText text={comment.text} facets={comment.facets} />
            </div>
          </li>
        ))}
      </ol>
      <ShowMore query={query} label={t.comments.showMore} />
      <CommentForm
        checkin={checkin}
        actor={actor}
        onWritten={(comment) => {
          setWritten((old) => [...old, comment])
          refresh()
        }}
      />
    </section>
  )
}

interface CommentFormProps {
  readonly checkin: CheckinView
  readonly actor: ProfileViewBasic | undefined
  readonly onWritten: (comment: CommentView) => void
}

function CommentForm({ checkin, actor, onWritten }: CommentFormProps) {
  const [text, setText] = useState('')
  const [mentions, setMentions] = useState<Mentions>({})
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const fieldId = useId()
  const left = COMMENT_GRAPHEMES_MAX - graphemes(text.trim())

  if (actor === undefined) {
    return (
      <p className="comment-invite">
        {t.comments.invite((words) => (
          <Link href={signInPath(location.pathname)}>{words}</Link>
        ))}
      </p>
    )
  }

  const send = async (event: SubmitEvent | KeyboardEvent) => {
    event.preventDefault()
    const said = text.trim()
    if (said === '' || left < 0 || isBusy) return
    setBusy(true)
    setFault(undefined)
    try {
      const facets = findFacets(said, mentions)
      const subject = { uri: checkin.uri, cid: checkin.cid }
      const { uri, cid } = await call('app.waypost.feed.createComment', {
        subject,
        text: said,
        ...(facets.length > 0 ? { facets } : {}),
      })
      const sortAt = new Date().toISOString() as CommentView['sortAt']
      onWritten({ uri, cid, author: actor, subject: checkin.uri, text: said, facets, sortAt })
      setText('')
    } catch (failure) {
      setFault(explain(failure))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      className="comment-form"
      aria-label={t.comments.commentAs(nameOf(actor))}
      onSubmit={(event) => void send(event)}
    >
      <Avatar person={actor} size="s" />
      <div className="comment-field">
        <label htmlFor={fieldId} className="visually-hidden">
          {t.comments.write}
        </label>
        <MentionField
          id={fieldId}
          rows={1}
          placeholder={t.comments.write}
          value={text}
          onText={(next, mentioned) => {
            setText(next)
            if (mentioned !== undefined) setMentions((old) => ({ ...old, [mentioned.handle]: mentioned.did }))
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void send(event)
          }}
        />
        {left < 50 && (
          <span className="counter" data-over={left < 0 || undefined}>
            {left}
          </span>
        )}
        <button
          type="submit"
          className="comment-send"
          aria-label={t.comments.send}
          disabled={isBusy || left < 0 || text.trim() === ''}
        >
          <Icon of={Send} isDirected size={18} />
        </button>
      </div>
      {fault !== undefined && (
        <p className="field-fault" role="alert">
          {fault}
        </p>
      )}
    </form>
  )
}
