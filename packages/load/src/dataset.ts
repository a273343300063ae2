import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { categoryOf } from '@waypost/lexicon/category-names'
import { readColumns, type Cells } from './csv.ts'

/** What a folder of check-ins comes to, for the people with the most of them. */
export interface Dataset {
  /** By how often they checked in, most first. A person's number is their index. */
  readonly people: readonly { readonly user: string; readonly visits: number }[]
  /** In the order of time. */
  readonly visits: readonly Visit[]
  /** Pairs of numbers: who is a friend of whom, each pair once. */
  readonly friends: readonly (readonly [number, number])[]
  /** Rows of the chosen people that were left out, by reason. */
  readonly refused: ReadonlyMap<RowFault, number>
}

export interface Visit {
  readonly person: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly venue: Venue
}

export interface Venue {
  readonly name: string
  /** Decimal degrees, as text. */
  readonly latitude: string
  readonly longitude: string
  /** One of Waypost's. */
  readonly category?: string | undefined
  readonly foursquareId?: string | undefined
}

export type RowFault = 'bad coordinates' | 'bad time' | 'unknown venue' | 'name of the venue'

/** The lexicon's limit for the name of a place. */
const NAME_GRAPHEMES_MAX = 128

/** What published sets call their columns. */
const CHECKIN_COLUMNS = {
  user: ['user'],
  time: ['time_utc', 'time_utc_minute', 'time_local_hour'],
  venue: ['venue', 'poi'],
  lat: ['lat'],
  lon: ['lon'],
  category: ['category'],
} as const
const VENUE_COLUMNS = {
  venue: ['venue', 'poi'],
  name: ['name'],
  lat: ['lat'],
  lon: ['lon'],
  category: ['root_category', 'root_category_inferred'],
  foursquareId: ['foursquare_id'],
} as const
const FRIEND_COLUMNS = { a: ['a'], b: ['b'], after: ['after'] } as const

/**
 * Reads `checkins.csv.gz` of a folder and, where there are any, `venues.csv.gz` and `friends.csv.gz`, with the columns
 * above. Without a table of venues, check-ins say where theirs is. Where venues have no names, each is called after its kind and
 * the end of its id. A time without a zone is New York's; friends whom a set says to have parted are none. The same
 * folder gives the same answer.
 */
export async function readDataset(folder: string, options: { readonly people: number }): Promise<Dataset> {
  const checkins = join(folder, 'checkins.csv.gz')
  const counts = new Map<string, number>()
  for await (const rows of readColumns(checkins, CHECKIN_COLUMNS)) {
    for (const { user = '' } of rows) counts.set(user, (counts.get(user) ?? 0) + 1)
  }
  const people = [...counts]
    .map(([user, visits]) => ({ user, visits }))
    .sort((a, b) => b.visits - a.visits || (a.user < b.user ? -1 : 1))
    .slice(0, options.people)
  const numbers = new Map(people.map(({ user }, number) => [user, number]))

  const venues = await readVenues(join(folder, 'venues.csv.gz'))
  const visits: Visit[] = []
  const refused = new Map<RowFault, number>()
  for await (const rows of readColumns(checkins, CHECKIN_COLUMNS)) {
    for (const cells of rows) {
      const person = numbers.get(cells.user ?? '')
      if (person === undefined) continue
      const read = readVisit(cells, venues)
      if (typeof read === 'string') refused.set(read, (refused.get(read) ?? 0) + 1)
      else visits.push({ person, ...read })
    }
  }
  visits.sort((a, b) => a.at - b.at || a.person - b.person)
  return { people, visits, friends: await readFriends(join(folder, 'friends.csv.gz'), numbers), refused }
}

function readVisit(
  cells: Cells<keyof typeof CHECKIN_COLUMNS>,
  venues: ReadonlyMap<string, Venue> | undefined,
): Omit<Visit, 'person'> | RowFault {
  const { lat, lon } = cells
  const at = readTime(cells.time ?? '')
  if (Number.isNaN(at)) return 'bad time'
  const venue =
    venues === undefined
      ? venueOf({ ...cells, name: undefined, foursquareId: undefined })
      : venues.get(cells.venue ?? '')
  if (!venue) return 'unknown venue'
  // Where check-ins have no position of their own, they are where their venue is.
  if ((lat !== undefined && !onEarth(lat, lon ?? '')) || !onEarth(venue.latitude, venue.longitude))
    return 'bad coordinates'
  if (!isName(venue.name)) return 'name of the venue'
  return { at, venue }
}

function readTime(text: string): number {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return Date.parse(text)
  const asUtc = Date.parse(`${text}Z`)
  // What the clocks there showed at that moment of UTC is off by the zone, save in the hours in which they are put.
  const shown = NEW_YORK.format(asUtc).replace(', ', 'T')
  return asUtc + (asUtc - Date.parse(`${shown}Z`))
}

/** Of Sweden's notation, which is that of ISO 8601. */
const NEW_YORK = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'short',
})

function venueOf(cells: Cells<keyof typeof VENUE_COLUMNS>): Venue {
  const { venue = '', lat: latitude = '', lon: longitude = '', category: kind = '' } = cells
  // Foursquare's ids are 24 hexadecimal digits.
  const foursquareId = [cells.foursquareId, venue].find((id) => /^[0-9a-f]{24}$/.test(id ?? ''))
  const category = categoryOf(kind)
  return {
    name: cells.name?.trim() ?? `${kind === '' ? 'Place' : kind} ${venue.slice(-6)}`,
    latitude,
    longitude,
    ...(category !== undefined && { category }),
    ...(foursquareId !== undefined && { foursquareId }),
  }
}

function onEarth(lat: string, lon: string): boolean {
  const [latitude, longitude] = [lat, lon].map((text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN))
  return Math.abs(latitude!) <= 90 && Math.abs(longitude!) <= 180 && !(latitude === 0 && longitude === 0)
}

function isName(name: string): boolean {
  if (name.trim() === '') return false
  return name.length <= NAME_GRAPHEMES_MAX || [...new Intl.Segmenter().segment(name)].length <= NAME_GRAPHEMES_MAX
}

/** Undefined where there is no such table. */
async function readVenues(file: string): Promise<ReadonlyMap<string, Venue> | undefined> {
  if (!existsSync(file)) return undefined
  const venues = new Map<string, Venue>()
  for await (const rows of readColumns(file, VENUE_COLUMNS)) {
    for (const cells of rows) venues.set(cells.venue ?? '', venueOf(cells))
  }
  return venues
}

async function readFriends(file: string, numbers: ReadonlyMap<string, number>): Promise<[number, number][]> {
  if (!existsSync(file)) return []
  const friends: [number, number][] = []
  for await (const rows of readColumns(file, FRIEND_COLUMNS)) {
    for (const { a = '', b = '', after } of rows) {
      const [one, other] = [numbers.get(a), numbers.get(b)]
      if (one !== undefined && other !== undefined && one !== other && after !== '0') friends.push([one, other])
    }
  }
  return friends
}
