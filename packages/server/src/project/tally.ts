import type { Database } from 'better-sqlite3'
import type { Register } from './projection.ts'

/** How much of everything is visible, in one row. */
export const TALLY_SCHEMA = `
create table tally (one integer primary key check (one = 1), checkins integer, persons integer, places integer) strict;
insert into tally values (1, 0, 0, 0);
`

export interface Tally extends Register {
  count(what: keyof Counts, by: number): void
}

interface Counts {
  checkins: number
  persons: number
  places: number
}

/** Nearly every event moves the same row, so a batch writes it once. */
export function prepareTally(db: Database): Tally {
  const move = db.prepare<Counts>(
    'update tally set checkins = checkins + :checkins, persons = persons + :persons, places = places + :places',
  )
  let counts: Counts = { checkins: 0, persons: 0, places: 0 }
  const reset = (): void => void (counts = { checkins: 0, persons: 0, places: 0 })
  return {
    count: (what, by) => void (counts[what] += by),
    settle() {
      move.run(counts)
      reset()
    },
    reset,
  }
}
