import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { t } from '../language/pages.ts'
import { checkinPath, livePath } from '../paths.ts'
import { Dialog } from '../ui/dialog.tsx'
import { clockTime } from '../ui/dates.ts'
import type { RecordPlace } from '../views.ts'
import { DoneHead } from './done-head.tsx'
import { FriendsHere } from './friends-here.tsx'
import { Reward } from './reward.tsx'

/** A check-in that was just made. */
export interface Made {
  readonly uri: string
  readonly place: RecordPlace
  readonly placeId: string | undefined
  /** False: it is written, and shows as soon as the network delivers it. */
  readonly isVisible: boolean
  /** Until when friends see that the person is there. */
  readonly hereUntil: string | undefined
}

export function DoneStep({ made, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const { uri, place, placeId, isVisible, hereUntil } = made
  const { data } = useQuery({
    queryKey: ['place', placeId, uri],
    queryFn: ({ signal }) => ask('app.waypost.place.get', { place: placeId ?? '' }, signal),
    enabled: placeId !== undefined && isVisible,
  })
  const visits = data?.place.viewer?.checkinCount
  const total = data?.place.checkinCount
  return (
    <Dialog title={t.done.title} kind="sheet" onClose={onClose} heading={<span className="dialog-title" />}>
      <div className="done">
        <DoneHead title={t.done.title} place={place} />
        <p className="done-note" role="status">
          {!isVisible && t.done.soon}
          {isVisible &&
            visits !== undefined &&
            visits > 0 &&
            (visits === 1 && total === 1 ? t.done.firstOfAll : t.done.nthTime(visits))}
        </p>
        {hereUntil !== undefined && <p className="done-note">{t.presence.shownUntil(clockTime(hereUntil))}</p>}
        {isVisible && placeId !== undefined && <FriendsHere placeId={placeId} />}
        {isVisible && <Reward uri={uri} place={data?.place} mayor={data?.mayor} />}
        <div className="done-actions">
          <Link replace href={checkinPath(uri) ?? livePath} className="button button-main button-wide button-tall">
            {t.done.see}
          </Link>
          <button type="button" className="button button-quiet button-wide" onClick={onClose}>
            {t.done.done}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
