import type { Database } from 'better-sqlite3'
import type { PersonId } from './projection.ts'
import type { SubjectId } from './subject.ts'

/**
 * What batches change of that which answers in memory are made of. In: the tables, watched by triggers of this
 * connection, so that no fold can forget a word, nor a trigger that moves a counter. Out: ids, each once. There may be
 * more of them than changed, never fewer.
 */
export interface Affected {
  /** People who are shown otherwise, or not at all, or again. */
  readonly persons: ReadonlySet<PersonId>
  /** People who follow others than before. */
  readonly followers: ReadonlySet<PersonId>
  /** People between whom a block came or went, both of them. */
  readonly blockers: ReadonlySet<PersonId>
  /** People who like other check-ins than before. */
  readonly likers: ReadonlySet<PersonId>
  /** Check-ins that are liked or commented on by more or fewer, or whose company says otherwise. */
  readonly subjects: ReadonlySet<SubjectId>
}

type Kind = keyof Affected

const KINDS: readonly Kind[] = ['persons', 'followers', 'blockers', 'likers', 'subjects']
const SHOWN = 'handle, handle_position, known, hidden, display_name, description, avatar, labels'

const TRIGGERS = [
  // A handle belongs to the newest claim, so that one claim changes how others are shown.
  on('person', `after update of ${SHOWN}`, [
    'persons',
    'id',
    'from person where id = new.id or handle = old.handle or handle = new.handle',
  ]),
  ...rowsOf('follow', ['followers', 'person']),
  ...rowsOf('block', ['blockers', 'person'], ['blockers', 'subject']),
  // Where a record takes another's place, no deletion is told of.
  on('block', 'before insert', ['blockers', 'subject', 'from block where person = new.person and rkey = new.rkey']),
  ...rowsOf('likes', ['likers', 'person']),
  ...rowsOf('acceptance', ['subjects', 'subject']),
  on('subject', 'after update of like_count, comment_count', ['subjects', 'new.id']),
]

type Told = readonly [kind: Kind, column: string, from?: string]

function on(table: string, when: string, ...told: readonly Told[]): string {
  const name = `affected_${table}_${when.split(' ').slice(0, 2).join('_')}`
  const body = told.map(([kind, column, from = '']) => `select affected(${KINDS.indexOf(kind)}, ${column}) ${from};`)
  return `create temp trigger if not exists ${name} ${when} on main.${table} begin ${body.join(' ')} end;`
}

/** Rows that come, go, hide and show. */
function rowsOf(table: string, ...told: readonly Told[]): readonly string[] {
  const of = (row: 'new' | 'old') => told.map(([kind, column]): Told => [kind, `${row}.${column}`])
  return [
    on(table, 'after insert', ...of('new')),
    on(table, 'after delete', ...of('old')),
    on(table, 'after update of hidden', ...of('new')),
  ]
}

/** Watches a connection that is written to; a second watch takes the place of the first. Answers what changed since. */
export function watchAffected(db: Database): () => Affected {
  let sets = emptySets()
  db.function('affected', (kind: number, id: number) => {
    sets[KINDS[kind]!].add(id)
    return null
  })
  db.exec(TRIGGERS.join('\n'))
  return () => {
    const affected = sets
    sets = emptySets()
    return affected
  }
}

function emptySets(): Record<Kind, Set<number>> {
  return { persons: new Set(), followers: new Set(), blockers: new Set(), likers: new Set(), subjects: new Set() }
}

export const NOBODY_AFFECTED: () => Affected = emptySets
