import { existsSync, globSync, mkdirSync } from 'node:fs'
import { createTelemetry } from '@waypost/kernel'
import { readCsv } from '../../packages/load/src/csv.ts'
import { distanceMetres } from '../../packages/server/src/project/coordinates.ts'
import { openDirectory } from '../../packages/server/src/query/directory/directory.ts'
import { foldName } from '../../packages/server/src/query/directory/fold-name.ts'
import { importFile } from '../../packages/server/src/query/directory/import/import-file.ts'
import { openPlaceStore } from '../../packages/server/src/query/directory/import/place-store.ts'
import type { Directory } from '../../packages/server/src/query/directory/place-port.ts'
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
    const asked = await realCheckins()
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
        value: share((name) => name.slice(0, 3).toWellFormed()),
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
  const imported = `${FOLDER}/${size}.sqlite`
  {
    using store = openPlaceStore(imported)
    for (const file of files) await importFile(store, file)
  }
  note('search: opening the directory, which is built where it is not there yet')
  const { log } = createTelemetry({ level: 'silent' })
  return openDirectory({ file: `${FOLDER}/directory-${size}.sqlite`, imported, log })
}

async function realCheckins(): Promise<readonly Asked[]> {
  const osm = (await table(`${PLACES}/osm_manhattan_midtown.csv.gz`, ['osm_id', 'name', 'category', 'lat', 'lon'])).map(
    (row) => ({
      id: `osm:${{ n: 'node', w: 'way', r: 'relation' }[row['osm_id']![0] as 'n']}/${row['osm_id']!.slice(1)}`,
      key: foldName(row['name']!),
      lat: Number(row['lat']),
      lon: Number(row['lon']),
    }),
  )
  const byKey = Map.groupBy(osm, ({ key }) => key)
  const venues = new Map(
    (await table(`${CHECKINS}/venues.csv.gz`, ['venue', 'name', 'lat', 'lon'])).map((row) => [row['venue'], row]),
  )
  return (await table(`${CHECKINS}/checkins.csv.gz`, ['user', 'time_utc', 'lat', 'lon', 'venue'])).flatMap(
    (row): Asked[] => {
      const venue = venues.get(row['venue'])
      const name = venue?.['name']
      if (venue === undefined || name === undefined || name === '') return []
      const place = { lat: Number(venue['lat']), lon: Number(venue['lon']) }
      const same = byKey.get(foldName(name))?.filter((each) => distanceMetres(each, place) <= SAME_PLACE_M) ?? []
      if (same.length === 0) return []
      return [{ name, lat: Number(row['lat']), lon: Number(row['lon']), right: new Set(same.map(({ id }) => id)) }]
    },
  )
}

async function table(file: string, columns: readonly string[]): Promise<readonly Readonly<Record<string, string>>[]> {
  const found: Record<string, string>[] = []
  for await (const rows of readCsv(file)) {
    for (const row of rows) found.push(Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ''])))
  }
  return found
}
