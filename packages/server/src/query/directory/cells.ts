import type Database from 'better-sqlite3'
import { cellOf } from '@waypost/places'

/** Which places are in a cell, by their number and so the most important first. */
export const CELLS_SCHEMA = `
create table cell (
  cell text not null,
  number integer not null,
  primary key (cell, number)
) strict, without rowid;
`

/** To be called once places have their numbers. */
export function fillCells(db: Database.Database): void {
  db.function('cell_of', { deterministic: true }, (latitude: number, longitude: number) => cellOf(latitude, longitude))
  db.exec('insert into cell select cell_of(latitude, longitude) as cell, number from place order by cell, number')
}
