import { Clock, Pencil, Send, Trash2, TriangleAlert } from 'lucide'
import { useEffect, useId, useState, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import { explainFault } from '../api.ts'
import { RichText } from '../feed/rich-text.tsx'
import { t } from '../language/language.ts'
import { livePath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
import { useIsOffline } from '../ui/media.ts'
import { townOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { say } from '../ui/toast.tsx'
import type { Entry, KeptPhoto } from './entry.ts'
import { outbox } from './here.ts'
import type { OutboxState } from './machine.ts'
import { type Standing, standingOf } from './standing.ts'
import { takeBack } from './taken-back.ts'

/** What is kept on this device and not sent yet: one's own as cards; of what others made here only that there is some. */
export function WaitingCheckins() {
  const state = useSyncExternalStore(outbox.subscribe, outbox.state)
  const { status, actor } = useSession()
  const mine = state.entries.filter(({ author }) => author === actor?.did)
  const others = state.entries.length - mine.length
  if (state.entries.length === 0 || status === 'unknown') return null
  return (
    <section className="waiting" aria-label={t.outbox.region}>
      {others > 0 && (
        <p className="waiting-others">
          <Icon of={Clock} size={17} />
          {status === 'signed-out' ? (
            <span>
              {t.outbox.unsent(others, (words) => (
                <Link href={signInPath(livePath)}>{words}</Link>
              ))}
            </span>
          ) : (
            <span>{t.outbox.ofAnother(others)}</span>
          )}
        </p>
      )}
      <ol role="list">
        {mine.toReversed().map((entry) => (
          <li key={entry.rkey}>
            <WaitingCheckin entry={entry} state={state} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function WaitingCheckin({ entry, state }: { readonly entry: Entry; readonly state: OutboxState }) {
  const titleId = useId()
  const isOffline = useIsOffline()
  const isSending = state.sending === entry.rkey
  const { draft, photos, status, rkey } = entry
  const { place } = draft

  const edit = async () => {
    const held = await outbox.hold(rkey)
    if (held === undefined) say(t.outbox.sentJustNow)
    else takeBack(held)
  }
  const remove = async () => {
    say((await outbox.remove(rkey)) ? t.outbox.thrownAway : t.outbox.sentJustNow)
  }
  return (
    <article className="checkin checkin-waiting" aria-labelledby={titleId}>
      <div className="checkin-head">
        <CategoryGlyph category={place.category} />
        <div className="checkin-lines" id={titleId}>
          <RowLines title={place.name} note={townOf(place.address)} />
        </div>
      </div>
      {draft.text.trim() !== '' && <RichText text={draft.text.trim()} />}
      {photos.length > 0 && (
        <ul role="list" className="waiting-photos">
          {photos.map((photo) => (
            <li key={photo.id}>
              <WaitingPhoto photo={photo} />
            </li>
          ))}
        </ul>
      )}
      <State entry={entry} standing={standingOf(entry, state, { isOffline })} />
      <div className="checkin-actions">
        <button type="button" className="action" disabled={isSending} onClick={() => void edit()}>
          <Icon of={Pencil} size={18} strokeWidth={1.9} />
          <span>{status === 'held' ? t.outbox.goOn : t.outbox.edit}</span>
        </button>
        {status === 'held' && (
          <button type="button" className="action" onClick={() => void outbox.release(rkey)}>
            <Icon of={Send} isDirected size={18} strokeWidth={1.9} />
            <span>{t.outbox.sendAsItIs}</span>
          </button>
        )}
        <button type="button" className="action action-danger" disabled={isSending} onClick={() => void remove()}>
          <Icon of={Trash2} size={18} strokeWidth={1.9} />
          <span>{t.outbox.throwAway}</span>
        </button>
      </div>
    </article>
  )
}

/** Only a refusal needs two sentences: why, and what to do. */
function State({ entry: { status, reason }, standing }: { readonly entry: Entry; readonly standing: Standing }) {
  return (
    <p className="waiting-state" role="status" data-status={status}>
      <Icon of={status === 'refused' ? TriangleAlert : Clock} size={17} />
      {standing === 'refused' ? (
        <span>
          {reason !== undefined && <>{t.outbox.refused(explainFault(reason))} </>}
          {t.outbox.afterRefused}
        </span>
      ) : (
        <span>{t.outbox.states[standing]}</span>
      )}
    </p>
  )
}

function WaitingPhoto({ photo }: { readonly photo: KeptPhoto }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(photo.blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [photo.blob])
  return url === undefined ? (
    <span className="bone" />
  ) : (
    <img src={url} alt={photo.alt === '' ? t.outbox.photoWithoutAlt : photo.alt} />
  )
}
