import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { indexedText } from '../../packages/server/src/project/words.ts'
import { Scanned } from '../../packages/server/src/wire/scanned.ts'
import { costOf, type Cost } from './cost.ts'

/** What a service wrote, as a bare loop gets it: rows of its two files, in the order in which they were written. */
export interface Rows {
  readonly about: string
  readonly log: readonly Table[]
  readonly readModel: readonly Table[]
  readonly own: readonly (readonly SQLInputValue[])[]
}

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SQLInputValue[])[]
}

/** Tables whose rows are numbered as they come. */
const NUMBERED = {
  log: ['subject', 'entry'],
  readModel: ['subject', 'checkin', 'person', 'place', 'place_description', 'place_anchor', 'place_area'],
} as const
const OWN = 'id, person, cid, sort, zone, place, lat, lon, country, record'

/** Of two folders, the rows that only the second has. */
export function bareRows({ before, after }: { readonly before: string; readonly after: string }): Rows {
  using log = new DatabaseSync(join(after, 'log.sqlite'))
  log.exec(`attach '${join(before, 'log.sqlite')}' as before`)
  using readModel = new DatabaseSync(readModelIn(after))
  readModel.exec(`attach '${readModelIn(before)}' as before`)
  const rows = {
    log: NUMBERED.log.map((name) => newRows(log, name)),
    readModel: [
      ...NUMBERED.readModel.map((name) => newRows(readModel, name)),
      table(readModel, 'mayorship', 'where (place, since) not in (select place, since from before.mayorship)'),
      ...textRows(readModel),
    ],
    own: table(readModel, 'checkin', `where id > (select max(id) from before.checkin)`, OWN.split(', ')).rows,
  }
  const counts = [...rows.log, ...rows.readModel].filter((one) => one.rows.length > 0)
  return { ...rows, about: counts.map((one) => `${one.rows.length} × ${one.name}`).join(', ') }
}

function newRows(db: DatabaseSync, name: string): Table {
  return table(db, name, `where rowid > (select coalesce(max(rowid), 0) from before.${name})`)
}

function table(db: DatabaseSync, name: string, where: string, only?: readonly string[]): Table {
  const columns =
    only ??
    db
      .prepare(`pragma main.table_info(${name})`)
      .all()
      .map((column) => String(column['name']))
  const select = db.prepare(`select ${columns.join(', ')} from main.${name} ${where}`)
  select.setReturnArrays(true)
  return { name, columns, rows: select.all() as unknown as SQLInputValue[][] }
}

/** The indexes of words don't keep what they were given. */
function textRows(db: DatabaseSync): readonly Table[] {
  const places = db
    .prepare('select id, name from place where name is not null and id > (select max(id) from before.place)')
    .all()
    .map(({ id, name }) => [id!, indexedText(String(name))])
  const checkins = db
    .prepare('select id, record from checkin where id > (select max(id) from before.checkin)')
    .all()
    .flatMap(({ id, record }) => {
      const value = Scanned.ofMap(record as Uint8Array)!.value(0, () => undefined)
      const { text, place } = value as { text?: string; place: { name: string } }
      return text === undefined ? [] : [[id!, indexedText(`${text} ${place.name}`)]]
    })
  return [
    { name: 'place_text', columns: ['rowid', 'name'], rows: places },
    { name: 'checkin_text', columns: ['rowid', 'words'], rows: checkins },
  ]
}

function readModelIn(folder: string): string {
  return join(
    folder,
    readdirSync(folder).find((name) => /^read-model-\w+\.sqlite$/.test(name))!,
  )
}

/** Puts all of them into copies of the files as they were before, so many check-ins a transaction of each file. */
export async function insertRows(folder: string, rows: Rows, perTransaction: number): Promise<Cost> {
  using log = open(join(folder, 'log.sqlite'), 'full')
  using readModel = open(readModelIn(folder), 'normal')
  const files = [
    { db: log, tables: rows.log.map((one) => prepared(log, one)) },
    { db: readModel, tables: rows.readModel.map((one) => prepared(readModel, one)) },
  ]
  const transactions = Math.ceil(rows.own.length / perTransaction)
  return costOf(() => {
    for (let nth = 0; nth < transactions; nth++) {
      for (const { db, tables } of files) {
        db.exec('begin immediate')
        for (const { insert, rows: all } of tables) {
          const end = Math.round(((nth + 1) * all.length) / transactions)
          for (let at = Math.round((nth * all.length) / transactions); at < end; at++) insert.run(...all[at]!)
        }
        db.exec('commit')
      }
    }
  })
}

/** The check-in's own row into a table of nothing else. */
export async function insertOwnRows(folder: string, { own }: Rows, perTransaction: number): Promise<Cost> {
  using db = open(join(folder, 'own.sqlite'), 'full')
  db.exec(`create table checkin (id integer primary key, person integer not null, cid text not null, sort integer not null,
      zone integer, place integer, lat real, lon real, country text, record blob not null) strict;
    create index by_sort on checkin (sort); create index by_person on checkin (person, sort);
    create index by_place on checkin (place, sort);`)
  const { insert } = prepared(db, { name: 'checkin', columns: OWN.split(', '), rows: own })
  return costOf(() => {
    for (let at = 0; at < own.length; at += perTransaction) {
      db.exec('begin immediate')
      for (const row of own.slice(at, at + perTransaction)) insert.run(...row)
      db.exec('commit')
    }
  })
}

function prepared(db: DatabaseSync, { name, columns, rows }: Table) {
  const marks = columns.map(() => '?').join(', ')
  return { insert: db.prepare(`insert into ${name} (${columns.join(', ')}) values (${marks})`), rows }
}

/** As the service opens its files. */
function open(file: string, synchronous: 'full' | 'normal'): DatabaseSync {
  const db = new DatabaseSync(file)
  db.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; pragma wal_autocheckpoint = 10000;
    pragma cache_size = -65536; pragma temp_store = memory`)
  return db
}
