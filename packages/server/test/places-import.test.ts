import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { surroundings } from './kill9-process.ts'

/* `waypost places import` as a process of its own, which may end at any moment. */

const MAIN = new URL('../src/main.ts', import.meta.url).pathname
const ROWS = 150_000
const KILLS = 3

const room = mkdtempSync(join(tmpdir(), 'waypost-places-import-'))
after(() => rmSync(room, { recursive: true, force: true }))

const table = join(room, 'many.csv')
writeFileSync(
  table,
  `geonameid,name,lat,lon,status\n${Array.from({ length: ROWS }, (_, nth) => rowOf(nth)).join('\n')}\n`,
)

function rowOf(nth: number): string {
  const at = `${(nth % 170) - 85},${(nth % 350) - 175}`
  if (nth % 1_000 === 7) return `${nth + 1},"torn,${at},`
  return `${nth + 1},${nth % 500 === 3 ? '' : `Place ${nth}`},${at},${nth % 100 === 5 ? 'closed' : ''}`
}

function start(folder: string) {
  const env = surroundings({ WAYPOST_DATA: folder })
  const child = spawn(execPath, [MAIN, 'places', 'import', table], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  return { child, out: child.stdout.setEncoding('utf8').toArray(), ended: once(child, 'close') }
}

async function finish(folder: string): Promise<string> {
  const { out, ended } = start(folder)
  assert.deepEqual(await ended, [0, null])
  return (await out).join('')
}

/** Of the folder's store, as another process sees it. */
function rowsOf(folder: string, sql: string): readonly unknown[] {
  const db = new Database(join(folder, 'places.sqlite'), { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

function kept(folder: string) {
  return {
    places: rowsOf(folder, 'select * from place order by source, source_id'),
    file: rowsOf(folder, 'select read, kept, refused, done from file'),
  }
}

/** How many rows are known to be read. */
function rowsRead(folder: string): number {
  if (!existsSync(join(folder, 'places.sqlite'))) return 0
  try {
    const [file] = rowsOf(folder, 'select read from file') as readonly { readonly read: number }[]
    return file?.read ?? 0
  } catch {
    // Its tables are only being made.
    return 0
  }
}

test('an import that was killed again and again goes on, to the same rows and counts', async () => {
  const killed = join(room, 'killed')
  for (let kills = 1; kills <= KILLS; kills++) {
    const before = rowsRead(killed)
    const { child, ended } = start(killed)
    while (rowsRead(killed) <= before && child.exitCode === null) await sleep(5)
    child.kill('SIGKILL')
    assert.deepEqual(await ended, [null, 'SIGKILL'], 'it was killed under way')
    assert(rowsRead(killed) < ROWS)
  }
  const undisturbed = join(room, 'undisturbed')
  const counts = (out: string) => out.replace(/^.*: (?=\d+ rows read)/m, '')
  assert.equal(counts(await finish(killed)), counts(await finish(undisturbed)))
  assert.deepEqual(kept(killed), kept(undisturbed))
})
