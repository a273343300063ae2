import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { distanceMetres } from '../../packages/server/src/project/coordinates.ts'
import { buildDirectory } from '../../packages/server/src/query/directory/build.ts'
import { foldName } from '../../packages/server/src/query/directory/fold-name.ts'
import { importFile } from '../../packages/server/src/query/directory/import/import-file.ts'
import { openPlaceStore } from '../../packages/server/src/query/directory/import/place-store.ts'
import type { Directory } from '../../packages/server/src/query/directory/place-port.ts'
import { searchDirectory } from '../../packages/server/src/query/directory/search.ts'
import { readTowns } from '../../packages/server/src/query/directory/sources.ts'
import type { BenchOptions, Figure } from '../main.ts'

/**
 * Text and position over all places of the datasets, in process; and whether the right place is among the first five for
 * real check-ins: those of Midtown Manhattan at whose position OpenStreetMap has a place of the same name near by.
 */

const PLACES = '../shared/data/places'
const CHECKINS = '../shared/data/checkins/gowalla-nyc'
const FOLDER = '.bench/places'
const SAME_PLACE_M = 150
const QUESTIONS = 2_000

interface Asked {
  readonly name: string
  readonly lat: number
  readonly lon: number
  readonly right: ReadonlySet<string>
}

export async function search({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  if (!existsSync(PLACES) || !existsSync(CHECKINS)) {
    note(`search: skipped, ${PLACES} or ${CHECKINS} is not here`)
    return []
  }
  const directory = await openAll({ full, note })
  try {
    const asked = realCheckins()
    const some = full ? asked : asked.filter((_, nth) => nth % Math.ceil(asked.length / QUESTIONS) === 0)
    note(
      `search: ${directory.count()} places, ${some.length} of ${asked.length} check-ins in Midtown with a place of the same name`,
    )
    const share = (text: (name: string) => string | undefined): number =>
      some.filter((each) => isInFirstFive(directory, each, text(each.name))).length / some.length
    const times = some.map(({ name, lat, lon }) => {
      const from = performance.now()
      directory.search({ text: name, near: { latitude: lat, longitude: lon }, limit: 20, offset: 0 })
      return performance.now() - from
    })
    times.sort((a, b) => a - b)
    return [
      { name: 'search_p50_ms', value: times[Math.floor(times.length * 0.5)]!, unit: 'ms', goal: '≤ 2' },
      { name: 'search_p99_ms', value: times[Math.floor(times.length * 0.99)]!, unit: 'ms', goal: '≤ 10' },
      { name: 'top5_share', value: share((name) => name), unit: 'of check-ins, name typed', goal: '≥ 0.90' },
      {
        name: 'top5_share_three_letters',
        value: share((name) => [...name].slice(0, 3).join('')),
        unit: 'of check-ins, three letters typed',
      },
      { name: 'top5_share_position', value: share(() => undefined), unit: 'of check-ins, nothing typed' },
    ]
  } finally {
    directory.close()
  }
}

function isInFirstFive(directory: Directory, { lat, lon, right }: Asked, text: string | undefined): boolean {
  const near = { latitude: lat, longitude: lon }
  return directory
    .search({ ...(text !== undefined && { text }), near, limit: 5, offset: 0 })
    .some(({ id }) => right.has(id))
}

/** Imported and built once; kept for the next run. Without `full` all but the largest sets. */
async function openAll({ full, note }: BenchOptions): Promise<Directory> {
  mkdirSync(FOLDER, { recursive: true })
  const files = globSync(`${PLACES}/*.csv.gz`)
    .filter((file) => !file.includes('categories') && (full || !/wof_|geonames_/.test(file)))
    .toSorted()
  const size = full ? 'all' : 'some'
  using store = openPlaceStore(`${FOLDER}/${size}.sqlite`)
  for (const file of files) await importFile(store, file)
  const file = `${FOLDER}/directory-${size}.sqlite`
  const source = `bench ${store.version()}`
  if (!isCurrent(file, source)) {
    note('search: building the directory')
    rmSync(file, { force: true })
    buildDirectory({ file, source, places: both(store.places()) })
  }
  return searchDirectory(new Database(file, { readonly: true }))
}

function* both<Place>(imported: Iterable<Place>): Iterable<Place> {
  yield* imported
  yield* readTowns() as unknown as Iterable<Place>
}

function isCurrent(file: string, source: string): boolean {
  if (!existsSync(file)) return false
  const db = new Database(file, { readonly: true })
  try {
    return db.prepare('select description from source').pluck().get() === source
  } catch {
    return false
  } finally {
    db.close()
  }
}

function realCheckins(): readonly Asked[] {
  const osm = table(`${PLACES}/osm_manhattan_midtown.csv.gz`).map((row) => ({
    id: `osm:${{ n: 'node', w: 'way', r: 'relation' }[row['osm_id']![0] as 'n']}/${row['osm_id']!.slice(1)}`,
    key: foldName(row['name']!),
    lat: Number(row['lat']),
    lon: Number(row['lon']),
  }))
  const byKey = Map.groupBy(osm, ({ key }) => key)
  const venues = new Map(table(`${CHECKINS}/venues.csv.gz`).map((row) => [row['venue'], row]))
  return table(`${CHECKINS}/checkins.csv.gz`).flatMap((row): Asked[] => {
    const venue = venues.get(row['venue'])
    const name = venue?.['name']
    if (venue === undefined || name === undefined || name === '') return []
    const place = { lat: Number(venue['lat']), lon: Number(venue['lon']) }
    const same = byKey.get(foldName(name))?.filter((each) => distanceMetres(each, place) <= SAME_PLACE_M) ?? []
    if (same.length === 0) return []
    return [{ name, lat: Number(row['lat']), lon: Number(row['lon']), right: new Set(same.map(({ id }) => id)) }]
  })
}

function table(file: string): readonly Readonly<Record<string, string>>[] {
  return parse(gunzipSync(readFileSync(file)), { columns: true, relax_quotes: true, relax_column_count: true })
}
