import { join } from 'node:path'
import { readCsv } from './csv.ts'

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
}

export type RowFault = 'bad coordinates' | 'bad time' | 'unknown venue' | 'name of the venue'

/** The lexicon's limit for the name of a place. */
const NAME_GRAPHEMES_MAX = 128

/**
 * Reads `checkins.csv.gz` (user, time, lat, lon, venue), `venues.csv.gz` (venue, name, lat, lon) and, where there is
 * one, `friends.csv.gz` (a, b) of a folder. The same folder gives the same answer.
 */
export async function readDataset(folder: string, options: { readonly people: number }): Promise<Dataset> {
  const checkins = join(folder, 'checkins.csv.gz')
  const counts = new Map<string, number>()
  for await (const rows of readCsv(checkins)) {
    for (const [user = ''] of rows) counts.set(user, (counts.get(user) ?? 0) + 1)
  }
  const people = [...counts]
    .map(([user, visits]) => ({ user, visits }))
    .sort((a, b) => b.visits - a.visits || (a.user < b.user ? -1 : 1))
    .slice(0, options.people)
  const numbers = new Map(people.map(({ user }, number) => [user, number]))

  const venues = await readVenues(join(folder, 'venues.csv.gz'))
  const visits: Visit[] = []
  const refused = new Map<RowFault, number>()
  for await (const rows of readCsv(checkins)) {
    for (const [user = '', time = '', lat = '', lon = '', venue = ''] of rows) {
      const person = numbers.get(user)
      if (person === undefined) continue
      const read = readVisit(time, lat, lon, venues.get(venue))
      if (typeof read === 'string') refused.set(read, (refused.get(read) ?? 0) + 1)
      else visits.push({ person, ...read })
    }
  }
  visits.sort((a, b) => a.at - b.at || a.person - b.person)
  return { people, visits, friends: await readFriends(join(folder, 'friends.csv.gz'), numbers), refused }
}

function readVisit(time: string, lat: string, lon: string, venue: Venue | undefined): Omit<Visit, 'person'> | RowFault {
  const at = Date.parse(time)
  if (Number.isNaN(at)) return 'bad time'
  if (!venue) return 'unknown venue'
  if (!onEarth(lat, lon) || !onEarth(venue.latitude, venue.longitude)) return 'bad coordinates'
  if (!isName(venue.name)) return 'name of the venue'
  return { at, venue }
}

function onEarth(lat: string, lon: string): boolean {
  const [latitude, longitude] = [lat, lon].map((text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN))
  return Math.abs(latitude!) <= 90 && Math.abs(longitude!) <= 180 && !(latitude === 0 && longitude === 0)
}

function isName(name: string): boolean {
  if (name.trim() === '') return false
  return name.length <= NAME_GRAPHEMES_MAX || [...new Intl.Segmenter().segment(name)].length <= NAME_GRAPHEMES_MAX
}

async function readVenues(file: string): Promise<ReadonlyMap<string, Venue>> {
  const venues = new Map<string, Venue>()
  for await (const rows of readCsv(file)) {
    for (const [venue = '', name = '', latitude = '', longitude = ''] of rows) {
      venues.set(venue, { name: name.trim(), latitude, longitude })
    }
  }
  return venues
}

async function readFriends(file: string, numbers: ReadonlyMap<string, number>): Promise<[number, number][]> {
  const friends: [number, number][] = []
  try {
    for await (const rows of readCsv(file)) {
      for (const [a = '', b = ''] of rows) {
        const [one, other] = [numbers.get(a), numbers.get(b)]
        if (one !== undefined && other !== undefined && one !== other) friends.push([one, other])
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return friends
}
