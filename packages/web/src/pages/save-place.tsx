import { useQuery } from '@tanstack/react-query'
import { Bookmark, Check, Plus } from 'lucide'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { ask, call } from '../api.ts'
import { placeFromView } from '../compose/draft.ts'
import { t } from '../language/pages.ts'
import { placePath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { RowLines } from '../ui/row-lines.tsx'
import { Failure } from '../ui/states.tsx'
import { useAct } from '../ui/use-act.ts'
import type { PlaceView, ProfileViewBasic } from '../views.ts'
import { NewList } from './new-list.tsx'

/** Saves a place: just so, or into lists. Whether it is saved, the server says with the place. */
export function SaveButton({ place }: { readonly place: PlaceView }) {
  const { actor, status } = useSession()
  const [isOpen, setOpen] = useState(false)
  if (status === 'signed-out') {
    return (
      <Link href={signInPath(placePath(place.id))} className="button button-quiet">
        <Icon of={Bookmark} size={18} />
        {t.place.save}
      </Link>
    )
  }
  const { isSaved = false, lists = [] } = place.viewer ?? {}
  const isAnywhere = isSaved || lists.length > 0
  return (
    <>
      <button type="button" className="button button-quiet" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon of={Bookmark} size={18} isFilled={isAnywhere} />
        {isAnywhere ? t.place.saved : t.place.save}
      </button>
      {isOpen && actor !== undefined && (
        <Dialog title={t.place.saveThis} kind="sheet" onClose={() => setOpen(false)}>
          <SaveInto place={place} actor={actor} />
        </Dialog>
      )}
    </>
  )
}

/** A person keeps no more lists than one can choose from. */
const LISTS_SHOWN_MAX = 100

function SaveInto({ place, actor }: { readonly place: PlaceView; readonly actor: ProfileViewBasic }) {
  const { isBusy, act } = useAct()
  const own = useQuery({
    queryKey: ['lists', actor.did, 'all'],
    queryFn: ({ signal }) => ask('app.waypost.list.getLists', { actor: actor.did, limit: LISTS_SHOWN_MAX }, signal),
  })
  const { isSaved = false, lists: holding = [] } = place.viewer ?? {}
  const held: readonly string[] = holding
  const changed = [['place', place.id], ['lists'], ['list'], ['saved']]
  const save = (list: string | undefined) =>
    call('app.waypost.list.save', { place: placeFromView(place), ...(list !== undefined && { list }) })
  const toggle = (list: string | undefined, isIn: boolean) =>
    act(
      () =>
        isIn ? call('app.waypost.list.unsave', { place: place.id, ...(list !== undefined && { list }) }) : save(list),
      changed,
    )
  return (
    <div className="save-into">
      <ul role="list" className="rows">
        <SaveRow isIn={isSaved} isBusy={isBusy} onToggle={() => void toggle(undefined, isSaved)}>
          <RowLines title={t.place.savedPlaces} note={t.place.inNoList} />
        </SaveRow>
        {own.data?.lists.map(({ uri, name, placeCount }) => {
          const isIn = held.includes(uri)
          return (
            <SaveRow key={uri} isIn={isIn} isBusy={isBusy} onToggle={() => void toggle(uri, isIn)}>
              <RowLines title={name} note={t.counts.places(placeCount)} />
            </SaveRow>
          )
        })}
      </ul>
      {own.isError && <Failure fault={own.error} onRetry={() => void own.refetch()} />}
      <NewList label={t.place.createAndSave} onCreated={(list) => act(() => save(list), changed)} />
    </div>
  )
}

interface SaveRowProps {
  readonly isIn: boolean
  readonly isBusy: boolean
  readonly onToggle: () => void
  readonly children: ReactNode
}

function SaveRow({ isIn, isBusy, onToggle, children }: SaveRowProps) {
  return (
    <li>
      <button type="button" className="row" aria-pressed={isIn} disabled={isBusy} onClick={onToggle}>
        <span className="save-mark" data-in={isIn || undefined}>
          {isIn ? <Icon of={Check} size={18} /> : <Icon of={Plus} size={18} />}
        </span>
        {children}
      </button>
    </li>
  )
}
