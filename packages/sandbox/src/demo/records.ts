import { assert, type AtUri, atUri, type Did, tidFrom } from '@waypost/kernel'
import type { app } from '@waypost/lexicon'
import type { BlobRef } from '../pds-client.ts'
import { between, type Dice, diceFrom } from './brush.ts'
import { histories, memoriesOf } from './history.ts'
import { landmark } from './landmarks.ts'
import { type DemoPerson, people } from './people.ts'
import { comments, type DemoComment, type DemoVisit, visits } from './story.ts'

/** Turns the demo's story into records. Pure: the same start gives the same keys and times, so a seeding can resume. */

export const COLLECTION = {
  checkin: 'app.waypost.checkin',
  comment: 'app.waypost.comment',
  profile: 'app.waypost.profile',
  like: 'community.lexicon.interaction.like',
  follow: 'app.bsky.graph.follow',
} as const

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Nothing in the demo happens later than this before it was made. */
const NEWEST_MS = 20_000

export interface PlannedRecord {
  readonly by: string
  readonly collection: string
  readonly rkey: string
  readonly value: Readonly<Record<string, unknown>>
}

export interface StrongRef {
  readonly uri: AtUri
  readonly cid: string
}

/** A photo that was uploaded, with its size in pixels. */
export interface UploadedPhoto {
  readonly image: BlobRef
  readonly width: number
  readonly height: number
}

export interface Timeline {
  /** When the demo was made, in milliseconds since 1970: all other times are relative to it. */
  readonly startedAt: number
  readonly dids: ReadonlyMap<string, Did>
}

/** Milliseconds since 1970; a little off the full minute, as people are. */
export function visitTime(timeline: Timeline, index: number): number {
  const visit = visits[index]
  assert(visit, 'a visit of the story')
  return Math.floor(timeline.startedAt - visit.hoursAgo * HOUR_MS - diceFrom(index + 1)() * 3 * MINUTE_MS)
}

export function visitKey(timeline: Timeline, index: number): string {
  return keyAt(visitTime(timeline, index), index)
}

export function checkinRecord(timeline: Timeline, index: number, photo: UploadedPhoto | undefined): PlannedRecord {
  const visit = visits[index]
  assert(visit, 'a visit of the story')
  const value = {
    $type: COLLECTION.checkin,
    place: placeOf(visit.at),
    ...(visit.text === undefined ? {} : { text: visit.text, langs: [visit.lang ?? 'en'] }),
    ...(visit.photo && photo ? { photos: [photoOf(visit.photo.alt, photo)] } : {}),
    ...(visit.with ? { with: visit.with.map((name) => didOf(timeline, name)) } : {}),
    ...(visit.position ? { position: positionOf(visit.position) } : {}),
    createdAt: isoTime(visitTime(timeline, index)),
  }
  return { by: visit.by, collection: COLLECTION.checkin, rkey: visitKey(timeline, index), value }
}

/** Told at once, when the person joined. */
export function memoryRecords(timeline: Timeline, person: DemoPerson): readonly PlannedRecord[] {
  return histories
    .filter(({ by }) => by === person.name)
    .flatMap((history) => memoriesOf(history, timeline.startedAt))
    .map(({ at, visitedAt }, index) => {
      const told = timeline.startedAt - 243 * HOUR_MS + index * 1_000
      const value = {
        $type: COLLECTION.checkin,
        place: placeOf(at),
        visitedAt: isoTime(visitedAt),
        createdAt: isoTime(told),
      }
      return { by: person.name, collection: COLLECTION.checkin, rkey: keyAt(told, index), value }
    })
}

export function profileRecord(timeline: Timeline, person: DemoPerson, avatar: BlobRef): PlannedRecord {
  const { town, country, latitude, longitude } = person.home
  const value = {
    $type: COLLECTION.profile,
    displayName: person.displayName,
    description: person.description,
    avatar,
    home: { name: town, geo: geo(latitude, longitude), address: { $type: ADDRESS, country, locality: town } },
    createdAt: isoTime(timeline.startedAt - 245 * HOUR_MS),
  }
  return { by: person.name, collection: COLLECTION.profile, rkey: 'self', value }
}

export function followRecords(timeline: Timeline, person: DemoPerson): readonly PlannedRecord[] {
  return person.follows.map((name, index) => {
    const at = timeline.startedAt - (244 - index) * HOUR_MS
    const value = { $type: COLLECTION.follow, subject: didOf(timeline, name), createdAt: isoTime(at) }
    return { by: person.name, collection: COLLECTION.follow, rkey: keyAt(at, index), value }
  })
}

/** The comments that answer a check-in, or those that answer a comment; `refs` are the check-ins by index. */
export function commentRecords(
  timeline: Timeline,
  kind: 'first' | 'reply',
  refs: { visit(index: number): StrongRef; comment(index: number): StrongRef },
): readonly PlannedRecord[] {
  return comments.flatMap((comment, index) => {
    if ((comment.reply === true) !== (kind === 'reply')) return []
    const on = visits.findIndex((visit) => visit.id === comment.on)
    const value = {
      $type: COLLECTION.comment,
      subject: refs.visit(on),
      text: comment.text,
      langs: [comment.lang],
      ...(comment.reply ? { reply: refs.comment(index - 1) } : {}),
      createdAt: isoTime(commentTime(timeline, comment, on)),
    }
    return [{ by: comment.by, collection: COLLECTION.comment, rkey: commentKey(timeline, index), value }]
  })
}

export function commentKey(timeline: Timeline, index: number): string {
  const comment = comments[index]
  assert(comment, 'a comment of the story')
  const on = visits.findIndex((visit) => visit.id === comment.on)
  return keyAt(commentTime(timeline, comment, on), index)
}

/** Who follows somebody likes what they show, more often with a photo. */
export function likeRecords(timeline: Timeline, visitRef: (index: number) => StrongRef): readonly PlannedRecord[] {
  const dice = diceFrom(20)
  return visits.flatMap((visit, index) =>
    people.flatMap((person, fan): PlannedRecord[] => {
      const likes = dice() < likelihood(person, visit)
      const at = Math.min(visitTime(timeline, index) + delay(dice), timeline.startedAt - NEWEST_MS - fan * 1_000)
      if (!likes) return []
      const value = { $type: COLLECTION.like, subject: visitRef(index), createdAt: isoTime(at) }
      return [{ by: person.name, collection: COLLECTION.like, rkey: keyAt(at, index), value }]
    }),
  )
}

export function visitRef(timeline: Timeline, index: number, cid: string): StrongRef {
  const visit = visits[index]
  assert(visit, 'a visit of the story')
  return { uri: atUri(didOf(timeline, visit.by), COLLECTION.checkin, visitKey(timeline, index)), cid }
}

export function commentRef(timeline: Timeline, index: number, cid: string): StrongRef {
  const comment = comments[index]
  assert(comment, 'a comment of the story')
  return { uri: atUri(didOf(timeline, comment.by), COLLECTION.comment, commentKey(timeline, index)), cid }
}

const GEO = 'community.lexicon.location.geo'
const ADDRESS = 'community.lexicon.location.address'

function placeOf(name: string): app.waypost.checkin.Place {
  const { latitude, longitude, category, country, locality, region } = landmark(name)
  return {
    name,
    geo: geo(String(latitude), String(longitude)),
    address: { $type: ADDRESS, country, locality, ...(region === undefined ? {} : { region }) },
    category,
  }
}

function geo(latitude: string, longitude: string): { $type: typeof GEO; latitude: string; longitude: string } {
  return { $type: GEO, latitude, longitude }
}

function positionOf(position: NonNullable<DemoVisit['position']>): Readonly<Record<string, unknown>> {
  if (position.precision === 'exact') {
    return { precision: 'exact', location: geo(position.latitude, position.longitude) }
  }
  return {
    precision: position.precision,
    location: { $type: 'community.lexicon.location.hthree', value: position.cell },
  }
}

function photoOf(alt: string, photo: UploadedPhoto): Readonly<Record<string, unknown>> {
  return { image: photo.image, alt, aspectRatio: { width: photo.width, height: photo.height } }
}

function likelihood(person: DemoPerson, visit: DemoVisit): number {
  if (person.name === visit.by) return 0
  const follows = person.follows.includes(visit.by)
  if (visit.photo) return follows ? 0.75 : 0.3
  return follows ? 0.24 : 0.04
}

function delay(dice: Dice): number {
  return Math.floor(between(dice, 2, 400) * MINUTE_MS)
}

function commentTime(timeline: Timeline, comment: DemoComment, on: number): number {
  assert(on >= 0, `a comment is on a visit with an id: ${comment.on}`)
  return Math.min(visitTime(timeline, on) + comment.minutesLater * MINUTE_MS, timeline.startedAt - NEWEST_MS)
}

function didOf(timeline: Timeline, name: string): Did {
  const did = timeline.dids.get(name)
  assert(did, `the demo has a person called ${name}`)
  return did
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** `salt` keeps keys of one person apart that fall on the same millisecond. */
function keyAt(ms: number, salt: number): string {
  return tidFrom(ms * 1_000 + salt, 0)
}
