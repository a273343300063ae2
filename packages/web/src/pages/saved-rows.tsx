import { X } from 'lucide'
import { Link } from 'wouter'
import { call } from '../api.ts'
import { t } from '../language/language.ts'
import { placePath } from '../paths.ts'
import { categoryLook } from '../ui/category.ts'
import { CategoryGlyph } from '../ui/glyph.tsx'
import { Icon } from '../ui/icon.tsx'
import { townOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { useAct } from '../ui/use-act.ts'
import type { SavedView } from '../views.ts'

interface SavedRowsProps {
  readonly items: readonly SavedView[]
  /** Whoever looks may take them out. */
  readonly isOwn: boolean
  /** Which list they are in; undefined for what was saved just so. */
  readonly list: string | undefined
}

/** Saved places, each leading to its page. */
export function SavedRows({ items, isOwn, list }: SavedRowsProps) {
  const { isBusy, act } = useAct()
  const remove = (place: string) =>
    act(
      () => call('app.waypost.list.unsave', { place, ...(list !== undefined && { list }) }),
      [['list'], ['lists'], ['saved'], ['place', place]],
    )
  return (
    <ul role="list" className="rows">
      {items.map(({ uri, place, note }) => (
        <li key={uri} className="row-with-end">
          <Link href={placePath(place.id)} className="row">
            <CategoryGlyph category={place.category} />
            <RowLines
              title={place.name}
              note={note ?? [categoryLook(place.category).label, townOf(place.address)].filter(Boolean).join(' · ')}
            />
          </Link>
          {isOwn && (
            <button
              type="button"
              className="icon-button"
              aria-label={t.actions.remove(place.name)}
              disabled={isBusy}
              onClick={() => void remove(place.id)}
            >
              <Icon of={X} size={18} />
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}
