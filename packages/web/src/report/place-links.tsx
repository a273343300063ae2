import { Link } from 'wouter'
import { call } from '../api.ts'
import { t } from '../language/pages.ts'
import { placePath } from '../paths.ts'
import { useAct } from '../ui/use-act.ts'
import type { PlaceLinkView, PlaceView } from '../views.ts'

interface PlaceLinksProps {
  readonly place: PlaceView
  readonly links: readonly PlaceLinkView[]
}

/** Of which other places people say that they are this one, and how many do; one's own word can be taken back. */
export function PlaceLinks({ place, links }: PlaceLinksProps) {
  const { isBusy, act } = useAct()
  if (links.length === 0) return null
  const takeBack = (sameAs: string) =>
    act(() => call('app.waypost.place.unlink', { place: place.id, sameAs }), [['place'], ['search']])
  return (
    <ul role="list" className="place-links">
      {links.map(({ place: other, personCount, neededCount, isBelieved, viewerSaysSo = false }) => (
        <li key={other.id} className="quiet">
          <span>
            {isBelieved
              ? t.samePlace.merged(<bdi>{other.name}</bdi>, t.samePlace.sayingSo(personCount))
              : t.samePlace.open(<OtherPlace {...other} />, personCount, neededCount)}
          </span>
          {viewerSaysSo && other.id !== undefined && (
            <button
              type="button"
              className="button button-quiet button-small"
              disabled={isBusy}
              onClick={() => void takeBack(other.id!)}
            >
              {t.samePlace.takeBack}
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

/** While it is another place it has a page of its own. */
function OtherPlace({ id, name }: PlaceLinkView['place']) {
  return id === undefined ? (
    <bdi>{name}</bdi>
  ) : (
    <Link href={placePath(id)}>
      <bdi>{name}</bdi>
    </Link>
  )
}
