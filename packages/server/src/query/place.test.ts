import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { checkedIn, didOf, given } from '#project/given.ts'
import { buildDirectory } from './directory/build.ts'
import type { DirectoryPlace } from './directory/directory.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'
import { searchDirectory } from './directory/search.ts'
import type { PlaceSearch } from './place.ts'
import { openQueries } from './queries.ts'

/** Every ten metres a bench to the east. */
function bench(at: number): DirectoryPlace {
  const refs = [{ $type: 'app.waypost.checkin#geonamesRef' as const, id: `${at + 1}` }]
  return {
    id: `geonames:${at + 1}`,
    name: `Bench ${at}`,
    category: undefined,
    latitude: 0,
    longitude: at / 10_000,
    refs,
    importance: 0.2,
    attribution: undefined,
  }
}

test('the pages of a search have each place once, however long they are and whatever makes places go up', () => {
  const benches = Array.from({ length: 600 }, (_, at) => bench(at))
  const visit = (who: string, at: number, nth: number) =>
    checkedIn(who, `${at} ${nth}`, { place: { name: benches[at]!.name, refs: benches[at]!.refs, geo: geoOf(at) } })
  using story = given(
    ...[30, 70, 120, 400].flatMap((at) => Array.from({ length: 9 }, (_, nth) => visit('ben', at, nth))),
    ...[65, 300].flatMap((at) => Array.from({ length: 4 }, (_, nth) => visit('ana', at, nth))),
    // Many were at those within half a kilometre, and more at the one beyond.
    ...Array.from({ length: 51 }, (_, at) => visit('cal', at, 0)),
    ...Array.from({ length: 63 }, (_, nth) => visit('dea', 51, nth)),
    checkedIn('ben', 'kiosk', { place: { name: 'Bench kiosk', geo: geoOf(80) } }),
  )
  const folder = mkdtempSync(join(tmpdir(), 'waypost-pages-'))
  const file = join(folder, 'directory.sqlite')
  buildDirectory({ file, source: 'test', places: benches })
  const directory = searchDirectory(new Database(file, { readonly: true }))
  try {
    using queries = openQueries({ readModel: story.readModel, directory })
    const near = { lat: 0, lon: 0 }
    const searches: readonly PlaceSearch[] = [{ near }, { near, text: 'bench' }, { text: 'bench' }, {}]
    for (const search of searches.flatMap((each) => [each, { ...each, viewer: didOf('ana') }])) {
      const [whole, ...others] = [7, 20, 50, 100].map((limit) => pageThrough(queries.searchPlaces, search, limit))
      // Of what a text fits, the directory weighs a few hundred.
      assert.ok(whole!.length >= 200 && whole!.length <= 500)
      assert.equal(new Set(whole).size, whole!.length)
      for (const other of others) assert.deepEqual(other, whole)
    }
  } finally {
    directory.close()
    rmSync(folder, { recursive: true })
  }
})

test('of more places than are put together those are that can be the best, however seldom people were there', () => {
  const visit = (at: number, nth: number) =>
    checkedIn('ben', `${at} ${nth}`, { place: { name: `Stall ${at}`, geo: geoOf(at) } })
  const far = Array.from({ length: 90 }, (_, at) => at + 500)
  using story = given(...far.flatMap((at) => [visit(at, 0), visit(at, 1)]), visit(3, 0))
  using queries = openQueries({ readModel: story.readModel, directory: EMPTY_DIRECTORY })
  const near = { lat: 0, lon: 0 }
  for (const text of ['stall', 'stlal']) {
    const found = queries.searchPlaces({ text, near }, { limit: 5, cursor: undefined })
    assert.equal(found.ok && found.value.places[0]?.name, 'Stall 3', text)
  }
  const nearest = queries.searchPlaces({ near: { lat: 0, lon: 0.055 } }, { limit: 3, cursor: undefined })
  assert.deepEqual(nearest.ok && nearest.value.places.map(({ name }) => name).toSorted(), [
    'Stall 549',
    'Stall 550',
    'Stall 551',
  ])
})

function geoOf(at: number): { readonly latitude: string; readonly longitude: string } {
  return { latitude: '0', longitude: (at / 10_000).toFixed(4) }
}

function pageThrough(
  searchPlaces: ReturnType<typeof openQueries>['searchPlaces'],
  search: PlaceSearch,
  limit: number,
): readonly string[] {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = searchPlaces(search, { limit, cursor })
    assert.ok(page.ok)
    found.push(...page.value.places.map(({ id }) => id))
    cursor = page.value.cursor
  } while (cursor !== undefined)
  return found
}
