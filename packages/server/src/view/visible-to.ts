import type { CheckinRow, Companion } from '#query/checkin.ts'
import type { PersonRow } from '#query/person.ts'
import type { Sight } from '#query/sight.ts'

/** Only `visibleTo` makes one: whoever holds rows of this type need not ask again who may see them. */
declare const checked: unique symbol
export type Visible<Row> = Row & { readonly [checked]: true }

/** Something that somebody wrote, with the labels that they put on it. */
export interface Authored {
  readonly author: PersonRow
  readonly labels?: readonly string[]
}

/**
 * Who may see what bears a label (atproto.com/specs/label): nobody but its author, or whoever is signed in. On a
 * profile it speaks of everything that the person wrote. Labels that are not here hide nothing.
 */
const MAY_SEE: Readonly<Record<string, 'author' | 'signed-in'>> = {
  '!hide': 'author',
  '!no-unauthenticated': 'signed-in',
  porn: 'signed-in',
  sexual: 'signed-in',
  nudity: 'signed-in',
  'graphic-media': 'signed-in',
  gore: 'signed-in',
}

/**
 * The one step between rows and views: what this viewer may not see is left out, people whom a row only mentions too.
 * In: rows in order, of people or by people. Out: the same, some missing, so that a page may be shorter than was asked
 * for. It knows the states of accounts, blocks in both directions, the labels that authors put on what is theirs, and
 * who has not agreed to be named.
 */
export function visibleTo<Row extends PersonRow | Authored>(
  sight: Sight,
  rows: readonly Row[],
): readonly Visible<Row>[] {
  return rows.filter((row) => maySee(sight, row)).map((row) => withoutHidden(sight, row))
}

/** Whether a viewer sees somebody, or something that somebody wrote. */
export function maySee(sight: Sight, row: PersonRow | Authored): boolean {
  if (!('author' in row)) return maySeePerson(sight, row)
  return maySeePerson(sight, row.author) && (row.labels === undefined || allow(sight, row.labels, row.author))
}

function maySeePerson(sight: Sight, person: PersonRow): boolean {
  return !person.hidden && !sight.blocked.has(person.id) && allow(sight, person.labels, person)
}

function allow({ viewer }: Sight, labels: readonly string[], author: PersonRow): boolean {
  if (labels.length === 0 || viewer === author.did) return true
  return labels.every((label) => {
    const who = Object.hasOwn(MAY_SEE, label) ? MAY_SEE[label] : undefined
    return who === undefined || (who === 'signed-in' && viewer !== undefined)
  })
}

function withoutHidden<Row extends PersonRow | Authored>(sight: Sight, row: Row): Visible<Row> {
  if (!isCheckin(row) || row.with.length === 0) return row as Visible<Row>
  return { ...row, with: visibleCompany(sight, row.author, row.with) } as Row as Visible<Row>
}

/** Somebody who is named shows once they have said that they were there; until then they and the author know of it. */
export function visibleCompany(sight: Sight, author: PersonRow, company: readonly Companion[]): readonly Companion[] {
  const { viewer } = sight
  return company.filter(
    ({ did, person, accepted }) =>
      (accepted || viewer === author.did || viewer === did) && (person === undefined || maySeePerson(sight, person)),
  )
}

/** A check-in by itself, to be written down once for all: whoever hands it on asks `maySee` for each viewer. */
export function withoutCompany(row: CheckinRow): Visible<CheckinRow> {
  return { ...row, with: [] } as CheckinRow as Visible<CheckinRow>
}

function isCheckin(row: PersonRow | Authored): row is CheckinRow {
  return 'with' in row
}
