import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../api.ts'
import { checkinPath, livePath } from '../paths.ts'
import { Dialog } from '../ui/dialog.tsx'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { townOf } from '../ui/names.ts'
import { ordinal } from '../ui/numbers.ts'
import { Signpost } from '../ui/states.tsx'
import type { RecordPlace } from '../views.ts'
import { Reward } from './reward.tsx'
import { RowLines } from '../ui/row-lines.tsx'

/** A check-in that was just made. */
export interface Made {
  readonly uri: string
  readonly place: RecordPlace
  readonly placeId: string | undefined
  /** False: it is written, and shows as soon as the network delivers it. */
  readonly isVisible: boolean
}

export function DoneStep({ made, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const { uri, place, placeId, isVisible } = made
  const { data } = useQuery({
    queryKey: ['place', placeId, uri],
    queryFn: ({ signal }) => ask('app.waypost.place.get', { place: placeId ?? '' }, signal),
    enabled: placeId !== undefined && isVisible,
  })
  const visits = data?.place.viewer?.checkinCount
  const total = data?.place.checkinCount
  return (
    <Dialog title="You’re checked in" kind="sheet" onClose={onClose} heading={<span className="dialog-title" />}>
      <div className="done">
        <Signpost />
        <p className="done-title" aria-hidden="true">
          You’re checked in
        </p>
        <p className="done-place">
          <CategoryGlyph category={place.category} />
          <RowLines title={place.name} note={townOf(place.address)} />
        </p>
        <p className="done-note" role="status">
          {!isVisible && 'It is written to your account, and shows here in a moment.'}
          {isVisible && visits !== undefined && visits > 0 && (
            <>
              {visits === 1 ? 'Your first time here' : `Your ${ordinal(visits)} time here`}
              {total !== undefined && total === visits && visits === 1 && ', and the first of anyone'}
            </>
          )}
        </p>
        {isVisible && <Reward uri={uri} place={data?.place} mayor={data?.mayor} />}
        <div className="done-actions">
          <Link replace href={checkinPath(uri) ?? livePath} className="button button-main button-wide button-tall">
            See your check-in
          </Link>
          <button type="button" className="button button-quiet button-wide" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  )
}
