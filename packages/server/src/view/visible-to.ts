import type { Did } from '@waypost/kernel'
import type { CheckinRow, CommentRow } from '#query/checkin.ts'
import type { PersonRow } from '#query/person.ts'

/** Only `visibleTo` makes one: whoever holds rows of this type need not ask again who may see them. */
declare const checked: unique symbol
export type Visible<Row> = Row & { readonly [checked]: true }

/**
 * The one step between rows and views: what this viewer may not see is left out, people whom a row only mentions too.
 * In: rows in order. Out: the same, some missing, so that a page may be shorter than was asked for.
 * Now: accounts that are not active. Blocks, mutes and labels belong here and nowhere else.
 */
export function visibleTo<Row extends CheckinRow | CommentRow | PersonRow>(
  viewer: Did | undefined,
  rows: readonly Row[],
): readonly Visible<Row>[] {
  return rows
    .filter((row) => maySee(viewer, 'author' in row ? row.author : row))
    .map((row) => withoutHidden(viewer, row))
}

function maySee(_viewer: Did | undefined, person: Pick<PersonRow, 'hidden'>): boolean {
  return !person.hidden
}

function withoutHidden<Row extends CheckinRow | CommentRow | PersonRow>(
  viewer: Did | undefined,
  row: Row,
): Visible<Row> {
  if (!('with' in row)) return row as Visible<Row>
  const company = row.with.filter(({ person }) => person === undefined || maySee(viewer, person))
  return { ...row, with: company } as Row as Visible<Row>
}
