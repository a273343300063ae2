import { CategoryGlyph } from '../ui/glyph.tsx'
import { townOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { Signpost } from '../ui/states.tsx'
import type { RecordPlace } from '../views.ts'

/** What the last step begins with: how it went, and where. */
export function DoneHead({ title, place }: { readonly title: string; readonly place: RecordPlace }) {
  return (
    <>
      <Signpost />
      <p className="done-title" aria-hidden="true">
        {title}
      </p>
      <p className="done-place">
        <CategoryGlyph category={place.category} />
        <RowLines title={place.name} note={townOf(place.address)} />
      </p>
    </>
  )
}
