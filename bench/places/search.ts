import { existsSync, globSync, mkdirSync } from 'node:fs'
import { createTelemetry } from '@waypost/kernel'
import { readCsv } from '../../packages/load/src/csv.ts'
import { distanceMetres } from '../../packages/server/src/project/coordinates.ts'
import { openDirectory } from '../../packages/server/src/query/directory/directory.ts'
import { foldName } from '../../packages/places/src/index.ts'
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
/** Of those, so many are timed, in all the ways of typing them. */
const TIMED = 500
const ROUNDS = 3

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
    const share = (text: (name: string, nth: number) => string | undefined): number =>
      some.filter((each, nth) => isInFirstFive(directory, each, text(each.name, nth))).length / some.length
    const { p50, p99 } = measure(directory, some)
    return [
      { name: 'search_p50_ms', value: p50, unit: 'ms', goal: '≤ 2' },
      { name: 'search_p99_ms', value: p99, unit: 'ms', goal: '≤ 10' },
      { name: 'top5_share', value: share((name) => name), unit: 'of check-ins, name typed', goal: '≥ 0.90' },
      { name: 'top5_share_mistyped', value: share(mistyped), unit: 'of check-ins, name typed with a slip' },
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

/** What people send while they type a name, and with a slip of the keyboard in it. */
const TYPED: readonly ((name: string, nth: number) => string | undefined)[] = [
  (name) => name,
  mistyped,
  ...[1, 2, 3, 5].map((letters) => (name: string) => name.slice(0, letters).toWellFormed()),
  () => undefined,
]

/** Milliseconds for one answer; of each percentile the middle one of the rounds. */
function measure(directory: Directory, asked: readonly Asked[]): { readonly p50: number; readonly p99: number } {
  const some = asked.filter((_, nth) => nth % Math.ceil(asked.length / TIMED) === 0)
  const questions = some.flatMap(({ name, lat, lon }, nth) =>
    TYPED.map((typed) => ({ text: typed(name, nth), near: { latitude: lat, longitude: lon } })),
  )
  const rounds = Array.from({ length: ROUNDS }, () =>
    questions
      .map(({ text, near }) => {
        const from = performance.now()
        directory.search({ ...(text !== undefined && { text }), near, limit: 20, offset: 0 })
        return performance.now() - from
      })
      .toSorted((a, b) => a - b),
  )
  const middle = (share: number): number =>
    rounds.map((times) => times[Math.floor(times.length * share)]!).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!
  return { p50: middle(0.5), p99: middle(0.99) }
}

/** The name with one letter of its longest word left out, said twice or swapped with the next. */
function mistyped(name: string, nth: number): string {
  const longest = name.split(/[^\p{L}\p{M}]+/u).toSorted((a, b) => b.length - a.length)[0]!
  if (longest.length < 4) return name
  const at = nth % (longest.length - 1)
  const [letter, next] = [longest[at]!, longest[at + 1]!]
  const slip = ['', letter + letter + next, next + letter][nth % 3]!
  return name.replace(longest, longest.slice(0, at) + (slip || next) + longest.slice(at + 2))
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
