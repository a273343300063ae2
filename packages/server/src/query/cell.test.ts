import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { cellBounds, cellOf } from '@waypost/places'
import { account, checkedIn, given, removed, type Step } from '#project/given.ts'
import { buildDirectory } from './directory/build.ts'
import type { DirectoryPlace } from './directory/directory.ts'
import { searchDirectory } from './directory/search.ts'
import { openQueries } from './queries.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'

function known(id: number, latitude: number, longitude: number, importance = 0.2): DirectoryPlace {
  const refs = [{ $type: 'app.waypost.checkin#geonamesRef' as const, id: `${id}` }]
  const name = `Known ${id}`
  return { id: `geonames:${id}`, name, category: undefined, latitude, longitude, refs, importance, attribution: 'T' }
}

function seen(name: string, latitude: number, longitude: number): { readonly place: object } {
  return { place: { name, geo: { latitude: latitude.toFixed(7), longitude: longitude.toFixed(7) } } }
}

/** What is in a cell, page by page: names with their counts. */
function inCell(cell: string, places: readonly DirectoryPlace[], steps: readonly Step[], limit = 500): string[] {
  using story = given(...steps)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-cells-'))
  const file = join(folder, 'directory.sqlite')
  buildDirectory({ file, source: 'test', places })
  const directory = searchDirectory(new Database(file, { readonly: true }))
  try {
    using queries = openQueries({ readModel: story.readModel, directory })
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = queries.placesInCell(cell, { limit, cursor })
      assert.ok(page.ok)
      assert.ok(page.value.places.length <= limit)
      found.push(...page.value.places.map(({ name, checkinCount }) => `${name}: ${checkinCount}`))
      cursor = page.value.cursor
    } while (cursor !== undefined)
    return found
  } finally {
    directory.close()
    rmSync(folder, { recursive: true })
  }
}

const HERE = { latitude: 52.52, longitude: 13.405 }
const CELL = cellOf(HERE.latitude, HERE.longitude)
const { north, south, east, west } = cellBounds(CELL)
const here = known(1, HERE.latitude, HERE.longitude)

test('a cell has what the directory knows, most important first, then what check-ins alone know, with their counts', () => {
  const large = known(2, HERE.latitude, HERE.longitude, 0.9)
  const found = inCell(
    CELL,
    [here, large],
    [
      checkedIn('ana', 'one', { place: { name: 'As I call it', refs: here.refs } }),
      checkedIn('ana', 'two', seen('Kiosk', HERE.latitude, HERE.longitude)),
      checkedIn('ben', 'three', seen('Kiosk', HERE.latitude, HERE.longitude)),
    ],
  )
  assert.deepEqual(found, ['Known 2: 0', 'Known 1: 1', 'Kiosk: 2'])
})

test('what lies on the edge of two cells is in one of them, and what is beyond in another', () => {
  const middle = (south + north) / 2
  const edges = [known(1, middle, west), known(2, middle, east), known(3, south, east - 0.001), known(4, north, west)]
  const kiosks = [
    checkedIn('ana', 'west', seen('West', middle, west + 1e-7)),
    checkedIn('ana', 'east', seen('East', middle, east + 1e-7)),
  ]
  assert.deepEqual(inCell(CELL, edges, kiosks), ['Known 1: 0', 'Known 3: 0', 'West: 1'])
  assert.deepEqual(inCell(cellOf(middle, east), edges, kiosks), ['Known 2: 0', 'East: 1'])
})

test('at the date line and at the poles there are cells like any others', () => {
  const places = [known(1, -17, 180), known(2, -17, -180), known(3, 90, 10), known(4, -90, 10)]
  const kiosk = [checkedIn('ana', 'fiji', seen('Line', -17, 180))]
  assert.deepEqual(inCell(cellOf(-17, -180), places, kiosk), ['Known 1: 0', 'Known 2: 0', 'Line: 1'])
  assert.deepEqual(inCell(cellOf(90, 10), places, []), ['Known 3: 0'])
  assert.deepEqual(inCell(cellOf(-90, 10), places, []), ['Known 4: 0'])
})

test('the pages of a full cell have each of its places once, however long they are', () => {
  const places = Array.from({ length: 11 }, (_, at) => known(at + 1, HERE.latitude, HERE.longitude))
  const steps = Array.from({ length: 9 }, (_, at) =>
    checkedIn(
      'ana',
      `${at}`,
      at % 3 === 0
        ? { place: { name: 'X', refs: places[at]!.refs } }
        : seen(`Seen ${at}`, HERE.latitude, HERE.longitude),
    ),
  )
  const whole = inCell(CELL, places, steps)
  assert.equal(whole.length, 11 + 6)
  for (const limit of [1, 2, 5, 11, 12]) assert.deepEqual(inCell(CELL, places, steps, limit), whole, `${limit}`)
})

test('what only hidden people speak of is not there, and comes back with them', () => {
  const kiosk = checkedIn('mal', 'kiosk', seen('Kiosk', HERE.latitude, HERE.longitude))
  const counted = checkedIn('mal', 'known', { place: { name: 'Known 1', refs: here.refs } })
  const hidden = [kiosk, counted, account('mal', 'deactivated')]
  assert.deepEqual(inCell(CELL, [here], hidden), ['Known 1: 0'])
  assert.deepEqual(inCell(CELL, [here], [...hidden, account('mal', 'active')]), ['Known 1: 1', 'Kiosk: 1'])
  assert.deepEqual(inCell(CELL, [here], [kiosk, removed('mal', 'app.waypost.checkin', 'kiosk')]), ['Known 1: 0'])
})

test('finer and coarser cells, and cursors of other lists, are refused', () => {
  using story = given(checkedIn('ana', 'one'))
  const directory = EMPTY_DIRECTORY
  using queries = openQueries({ readModel: story.readModel, directory })
  const faultOf = (cell: string, cursor?: string): string | undefined => {
    const page = queries.placesInCell(cell, { limit: 5, cursor })
    return page.ok ? undefined : page.error
  }
  assert.equal(faultOf(CELL), undefined)
  for (const cell of ['', CELL.slice(1), `${CELL}0`, 'aaaaaa', '52.520'])
    assert.equal(faultOf(cell), 'InvalidCell', cell)
  assert.equal(faultOf(CELL, 'rubbish'), 'InvalidCursor')
  assert.equal(faultOf(CELL, Buffer.from('1 places 1 0').toString('base64url')), 'InvalidCursor')
})
