import { tidFrom, type Did } from '@waypost/kernel'
import type { Dataset, Visit } from './dataset.ts'
import type { HostEvent } from './fake-host.ts'
import type { RepoWrite } from './signed-repo.ts'

const CHECKIN = 'app.waypost.checkin'
const PROFILE = 'app.waypost.profile'
const FOLLOW = 'app.bsky.graph.follow'

/** The protocol allows 200 ops in a commit. */
const OPS_MAX = 150
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** Of so many check-ins one is deleted again a minute later, and one edited. */
const DELETED_EVERY = 97
const EDITED_EVERY = 61

/** What a replay's events come to. */
export interface ReplayTotals {
  readonly events: number
  readonly commits: number
  readonly checkins: number
  readonly deleted: number
  readonly edited: number
  readonly follows: number
  readonly profiles: number
}

/**
 * A dataset as the events of a host: first everybody's account, profile and follows, as of the day before; then the
 * check-ins in the order of time, those of one person in one minute as one commit, with a few edits and deletes.
 * `dids` has one DID a person. The same arguments give the same events.
 */
export function* replayEvents(dataset: Dataset, dids: readonly Did[]): Generator<HostEvent, void> {
  const joinedAt = (dataset.visits[0]?.at ?? 0) - DAY_MS
  const follows = followsOf(dataset)
  const clocks = dids.map((_did, person) => new PersonalClock(person))
  for (const [person, did] of dids.entries()) {
    yield { kind: 'identity', did }
    yield { kind: 'account', did, active: true }
    const writes: RepoWrite[] = [profileWrite(person, joinedAt)]
    for (const friend of follows[person]!) writes.push(followWrite(dids[friend]!, joinedAt, clocks[person]!))
    for (let from = 0; from < writes.length; from += OPS_MAX) {
      yield { kind: 'commit', did, writes: writes.slice(from, from + OPS_MAX), at: joinedAt * 1_000 }
    }
  }

  let count = 0
  for (const together of minutes(dataset.visits)) {
    const { person, at } = together[0]!
    const did = dids[person]!
    const writes = together.map((visit) => checkinWrite(visit, clocks[person]!))
    yield { kind: 'commit', did, writes, at: at * 1_000 }
    for (const write of writes) {
      count++
      const changed = change(write, count)
      if (changed) yield { kind: 'commit', did, writes: [changed], at: (at + MINUTE_MS) * 1_000 }
    }
  }
}

/** Counts by going through the events once. */
export function countReplay(events: Iterable<HostEvent>): ReplayTotals {
  const totals = { events: 0, commits: 0, checkins: 0, deleted: 0, edited: 0, follows: 0, profiles: 0 }
  for (const event of events) {
    totals.events++
    if (event.kind !== 'commit') continue
    totals.commits++
    for (const { action, collection } of event.writes) {
      if (action === 'delete') totals.deleted++
      else if (action === 'update') totals.edited++
      else if (collection === CHECKIN) totals.checkins++
      else if (collection === FOLLOW) totals.follows++
      else totals.profiles++
    }
  }
  return totals
}

/** Record keys and revs are times; two of one person are never the same. */
class PersonalClock {
  readonly #clockId: number
  #last = 0

  constructor(person: number) {
    this.#clockId = person % 1_024
  }

  key(at: number): string {
    this.#last = Math.max(this.#last + 1, at * 1_000)
    return tidFrom(this.#last, this.#clockId)
  }
}

/** Friendship is mutual in the dataset, so that each follows the other. */
function followsOf(dataset: Dataset): readonly (readonly number[])[] {
  const follows: Set<number>[] = dataset.people.map(() => new Set())
  for (const [a, b] of dataset.friends) {
    follows[a]!.add(b)
    follows[b]!.add(a)
  }
  return follows.map((friends) => [...friends].sort((a, b) => a - b))
}

/** Splits visits into those of one person in one minute, in the order of the first of each. */
function* minutes(visits: readonly Visit[]): Generator<readonly Visit[], void> {
  let open = new Map<number, Visit[]>()
  let minute = Number.NaN
  for (const visit of visits) {
    const its = Math.floor(visit.at / MINUTE_MS)
    if (its !== minute) {
      yield* open.values()
      open = new Map()
      minute = its
    }
    const together = open.get(visit.person)
    if (together && together.length < OPS_MAX) together.push(visit)
    else {
      if (together) yield together
      open.set(visit.person, [visit])
    }
  }
  yield* open.values()
}

function checkinWrite(visit: Visit, clock: PersonalClock): RepoWrite {
  const { name, latitude, longitude, category, foursquareId } = visit.venue
  const refs = foursquareId !== undefined && [{ $type: 'community.lexicon.location.fsq', fsq_place_id: foursquareId }]
  const record = {
    $type: CHECKIN,
    place: { name, geo: { latitude, longitude }, ...(refs && { refs }), ...(category !== undefined && { category }) },
    createdAt: new Date(visit.at).toISOString(),
  }
  return { action: 'create', collection: CHECKIN, rkey: clock.key(visit.at), record }
}

/** `count` counts check-ins from 1. */
function change({ collection, rkey, record }: RepoWrite, count: number): RepoWrite | undefined {
  if (count % DELETED_EVERY === 0) return { action: 'delete', collection, rkey }
  if (count % EDITED_EVERY !== 0) return undefined
  return { action: 'update', collection, rkey, record: { ...record, text: 'Added a word later.' } }
}

function profileWrite(person: number, at: number): RepoWrite {
  const record = { $type: PROFILE, displayName: `Visitor ${person + 1}`, createdAt: new Date(at).toISOString() }
  return { action: 'create', collection: PROFILE, rkey: 'self', record }
}

function followWrite(subject: Did, at: number, clock: PersonalClock): RepoWrite {
  const record = { $type: FOLLOW, subject, createdAt: new Date(at).toISOString() }
  return { action: 'create', collection: FOLLOW, rkey: clock.key(at), record }
}
