import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { indexedText } from '../../packages/server/src/project/words.ts'
import { Scanned } from '../../packages/server/src/wire/scanned.ts'
import { costOf, type Cost } from './cost.ts'

/** What a service wrote, as a bare loop gets it: rows of its two files, in the order in which they were written. */
export interface Rows {
  readonly about: string
  readonly log: FileRows
  readonly readModel: FileRows
  readonly own: readonly Values[]
}

type Values = readonly SQLInputValue[]

/** What goes into one file, a transaction after the other. */
interface FileRows {
  /** New ones. */
  readonly tables: readonly {
    readonly name: string
    readonly columns: readonly string[]
    readonly rows: readonly Values[]
  }[]
  /** Of each check-in, in order, the rows that it changes; what several of a transaction change is written once in it. */
  readonly changes: readonly { readonly sql: string; readonly ofEach: readonly (Values | undefined)[] }[]
  /** One row a transaction: how far it is. */
  readonly position: string
}

/** Tables whose rows are numbered as they come. */
const NUMBERED = {
  log: ['subject', 'entry'],
  readModel: ['subject', 'checkin', 'person', 'place', 'place_description', 'place_anchor', 'place_area'],
} as const
const OWN = 'id, person, cid, sort, zone, place, lat, lon, country, record'

/** Of two folders, the rows that only the second has, or has otherwise. */
export function bareRows({ before, after }: { readonly before: string; readonly after: string }): Rows {
  using log = new DatabaseSync(join(after, 'log.sqlite'))
  log.exec(`attach '${join(before, 'log.sqlite')}' as before`)
  using readModel = new DatabaseSync(readModelIn(after))
  readModel.exec(`attach '${readModelIn(before)}' as before`)
  const isNew = 'where id > (select max(id) from before.checkin)'
  const rows = {
    log: {
      tables: NUMBERED.log.map((name) => newRows(log, name)),
      changes: [
        {
          sql: 'update subject set newest = ? where id = ?',
          ofEach: valuesOf(
            log,
            `select newest, subject.id from entry join subject on subject.id = subject
             where position > (select max(position) from before.entry) order by position`,
          ),
        },
      ],
      position: 'update head set position = position + 1',
    },
    readModel: {
      tables: [
        ...NUMBERED.readModel.map((name) => newRows(readModel, name)),
        table(readModel, 'mayorship', 'where (place, since) not in (select place, since from before.mayorship)'),
        ...textRows(readModel),
      ],
      changes: [
        {
          sql: 'update person set rev = ?, checkin_count = ?, busy_hour = ?, busy_count = ? where id = ?',
          ofEach: valuesOf(
            readModel,
            `select rev, checkin_count, busy_hour, busy_count, person from
             (select id as nth, person from checkin ${isNew}) join person on person.id = person order by nth`,
          ),
        },
        {
          sql: 'update place set checkin_count = ?, person_count = ?, uses = ?, sayings = ? where id = ?',
          ofEach: valuesOf(
            readModel,
            `select checkin_count, person_count, uses, sayings, place from
             (select id as nth, place from checkin ${isNew}) left join place on place.id = place order by nth`,
          ).map((values) => (values.at(-1) === null ? undefined : values)),
        },
      ],
      position: 'update progress set position = position + 1',
    },
    own: table(readModel, 'checkin', isNew, OWN.split(', ')).rows,
  }
  const counts = [...rows.log.tables, ...rows.readModel.tables].filter((one) => one.rows.length > 0)
  return { ...rows, about: counts.map((one) => `${one.rows.length} × ${one.name}`).join(', ') }
}

function valuesOf(db: DatabaseSync, sql: string): readonly Values[] {
  const select = db.prepare(sql)
  select.setReturnArrays(true)
  return select.all() as unknown as Values[]
}

function newRows(db: DatabaseSync, name: string): FileRows['tables'][number] {
  return table(db, name, `where rowid > (select coalesce(max(rowid), 0) from before.${name})`)
}

function table(db: DatabaseSync, name: string, where: string, only?: readonly string[]): FileRows['tables'][number] {
  const columns =
    only ??
    db
      .prepare(`pragma main.table_info(${name})`)
      .all()
      .map((column) => String(column['name']))
  return { name, columns, rows: valuesOf(db, `select ${columns.join(', ')} from main.${name} ${where}`) }
}

/** The indexes of words don't keep what they were given. */
function textRows(db: DatabaseSync): FileRows['tables'] {
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

/** Check-ins of one transaction of each file, and how often all are gone through in parts of as many. */
export interface Portions {
  readonly log: number
  readonly readModel: number
  readonly parts: number
}

/** Puts all of them into copies of the files as they were before; answers what each part takes. */
export async function insertRows(folder: string, rows: Rows, { parts, ...per }: Portions): Promise<readonly Cost[]> {
  using log = open(join(folder, 'log.sqlite'), 'full')
  using readModel = open(readModelIn(folder), 'normal')
  const all = rows.own.length
  const writers = [
    { write: writer(log, rows.log, all), perTransaction: per.log },
    { write: writer(readModel, rows.readModel, all), perTransaction: per.readModel },
  ]
  const costs: Cost[] = []
  for (let part = 0; part < parts; part++) {
    const end = (all * (part + 1)) / parts
    costs.push(
      await costOf(() => {
        for (const { write, perTransaction } of writers) {
          for (let at = (all * part) / parts; at < end; at += perTransaction)
            write(at, Math.min(end, at + perTransaction))
        }
      }),
    )
  }
  return costs
}

/** Writes what belongs to the check-ins from one to another in one transaction. */
function writer(db: DatabaseSync, file: FileRows, checkins: number): (from: number, to: number) => void {
  const tables = file.tables.map((one) => prepared(db, one))
  const changes = file.changes.map(({ sql, ofEach }) => ({ update: db.prepare(sql), ofEach }))
  const move = db.prepare(file.position)
  return (from, to) => {
    db.exec('begin immediate')
    for (const { insert, rows } of tables) {
      const end = Math.round((to * rows.length) / checkins)
      for (let at = Math.round((from * rows.length) / checkins); at < end; at++) insert.run(...rows[at]!)
    }
    for (const { update, ofEach } of changes) {
      const some = ofEach.slice(from, to).filter((values) => values !== undefined)
      for (const values of new Map(some.map((one) => [one.at(-1), one])).values()) update.run(...values)
    }
    move.run()
    db.exec('commit')
  }
}

/** The check-in's own row into a table of nothing else. */
export async function insertOwnRows(folder: string, { own }: Rows, per: Portions): Promise<readonly Cost[]> {
  using db = open(join(folder, 'own.sqlite'), 'full')
  db.exec(`create table checkin (id integer primary key, person integer not null, cid text not null, sort integer not null,
      zone integer, place integer, lat real, lon real, country text, record blob not null) strict;
    create index by_sort on checkin (sort); create index by_person on checkin (person, sort);
    create index by_place on checkin (place, sort);`)
  const { insert } = prepared(db, { name: 'checkin', columns: OWN.split(', '), rows: own })
  const costs: Cost[] = []
  for (let part = 0; part < per.parts; part++) {
    const some = own.slice((own.length * part) / per.parts, (own.length * (part + 1)) / per.parts)
    costs.push(
      await costOf(() => {
        for (let at = 0; at < some.length; at += per.log) {
          db.exec('begin immediate')
          for (const row of some.slice(at, at + per.log)) insert.run(...row)
          db.exec('commit')
        }
      }),
    )
  }
  return costs
}

function prepared(db: DatabaseSync, { name, columns, rows }: FileRows['tables'][number]) {
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
