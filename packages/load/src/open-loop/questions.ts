import type { Random } from '@waypost/kernel'
import { MODEL, questionAt, type QuestionName } from './model.ts'

/** What can be asked about: what the server itself shows, so that what many check in at is asked for often. */
export interface Material {
  readonly checkins: readonly Shown[]
  /** Of the feed of everybody: where pages end. */
  readonly cursors: readonly string[]
  readonly readers: readonly Reader[]
}

interface Shown {
  readonly uri: string
  readonly did: string
  readonly place: string
  readonly name: string
  readonly latitude: number
  readonly longitude: number
}

export interface Reader {
  /** Of the browser in which this person is signed in. */
  readonly cookie: string
  /** Where the first page of their feed ends; undefined where there is one page. */
  readonly cursor?: string | undefined
}

export interface Question {
  readonly name: QuestionName
  readonly path: string
  /** Undefined: a stranger asks. */
  readonly cookie: string | undefined
}

/** Asks the server for a path; answers the JSON, and throws where there is none. */
export type AskJson = (path: string, cookie?: string) => Promise<unknown>

const PAGE = 50
/** Check-ins that are asked about: more than are held anywhere in one place, so that not every page is at hand. */
const PAGES = 60
const MAP_ZOOMS = [11, 13, 15]
/** Degrees across a screen at zoom 0. */
const SCREEN_DEGREES = 700

interface Feed {
  readonly cursor?: string
  readonly feed: readonly {
    readonly uri: string
    readonly author: { readonly did: string }
    readonly place: {
      readonly id: string
      readonly name: string
      readonly geo?: { readonly latitude: string; readonly longitude: string }
    }
  }[]
}

/** Reads some pages of everybody's feed, and the first of each reader's own. Throws where the server shows nothing. */
export async function gatherMaterial(ask: AskJson, cookies: readonly string[]): Promise<Material> {
  const checkins: Shown[] = []
  const cursors: string[] = []
  for (let page = 0; page < PAGES; page++) {
    const cursor = cursors.at(-1)
    const answer = (await ask(global(cursor))) as Feed
    for (const { uri, author, place } of answer.feed) {
      if (place.geo === undefined) continue
      const { latitude, longitude } = place.geo
      const at = { latitude: Number(latitude), longitude: Number(longitude) }
      checkins.push({ uri, did: author.did, place: place.id, name: place.name, ...at })
    }
    if (answer.cursor === undefined) break
    cursors.push(answer.cursor)
  }
  if (checkins.length === 0) throw new Error('the server shows no check-ins that could be asked about')
  const readers: Reader[] = []
  for (const cookie of cookies) {
    readers.push({ cookie, cursor: ((await ask(timeline(undefined), cookie)) as Feed).cursor })
  }
  return { checkins, cursors, readers }
}

/** What the next person asks. Feeds of friends are asked for by whoever is signed in. */
export function drawQuestion({ checkins, cursors, readers }: Material, random: Random): Question {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.fraction() * items.length)]!
  const name = questionAt(random.fraction())
  const isSignedIn = random.fraction() < MODEL.signedInShare
  const reader: Reader | undefined = readers.length === 0 ? undefined : pick(readers)
  const about = pick(checkins)
  const asked = (path: string): Question => ({ name, path, cookie: isSignedIn ? reader?.cookie : undefined })
  switch (name) {
    case 'timeline':
    case 'timeline-on': {
      const cursor = name === 'timeline' ? undefined : reader?.cursor
      return reader ? { name, path: timeline(cursor), cookie: reader.cookie } : asked(global(undefined))
    }
    case 'global':
      return asked(global(undefined))
    case 'global-on':
      return asked(global(cursors.length === 0 ? undefined : pick(cursors)))
    case 'map':
      return asked(map(about, random))
    case 'search-place': {
      const { latitude, longitude } = about
      const q = about.name.slice(0, 2 + Math.floor(random.fraction() * 6))
      return asked(query('place.search', { q, latitude, longitude }))
    }
    case 'search-checkins':
      return asked(query('feed.searchCheckins', { q: pick(about.name.split(' ')), limit: PAGE }))
    case 'place':
      return asked(query('place.get', { place: about.place }))
    case 'place-feed':
      return asked(query('feed.getPlace', { place: about.place, limit: PAGE }))
    case 'person':
      return asked(query('actor.getProfile', { actor: about.did }))
    case 'person-feed':
      return asked(query('feed.getActor', { actor: about.did, limit: PAGE }))
    case 'checkin':
      return asked(query('feed.getCheckin', { uri: about.uri }))
  }
}

function global(cursor: string | undefined): string {
  return query('feed.getGlobal', { limit: PAGE, cursor })
}

function timeline(cursor: string | undefined): string {
  return query('feed.getTimeline', { limit: PAGE, cursor })
}

/** A screen somewhere around a place where people are. */
function map({ latitude, longitude }: Shown, random: Random): string {
  const zoom = MAP_ZOOMS[Math.floor(random.fraction() * MAP_ZOOMS.length)]!
  const half = SCREEN_DEGREES / 2 ** zoom / 2
  const moved = (value: number): number => value + (random.fraction() - 0.5) * 2 * half
  const [north, east] = [Math.min(85, moved(latitude) + half), Math.min(180, moved(longitude) + half)]
  const [south, west] = [north - 2 * half, east - 2 * half]
  const text = (value: number): string => value.toFixed(5)
  const box = { north: text(north), south: text(south), east: text(east), west: text(west) }
  return query('feed.getMap', { ...box, zoom, limit: PAGE })
}

function query(name: string, params: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') search.set(key, String(value))
  }
  const text = search.toString()
  return `/xrpc/app.waypost.${name}${text === '' ? '' : '?'}${text}`
}
