import { hash } from 'node:crypto'
import { tidFrom, type Did, type Handle, type Nsid } from '@waypost/kernel'
import { cidOf, putOf } from '../../packages/server/src/project/given.ts'
import type { EventLog } from '../../packages/server/src/log/log.ts'
import { rebuild } from '../../packages/server/src/project/rebuild.ts'
import type { EventBody, VerifiedEvent } from '../../packages/server/src/verify/event.ts'

/**
 * A made-up network of the proportions of a real one (Gowalla in New York: how much each person checks in, how much
 * each place is visited, how many friends people have). The same size and seed give the same network.
 */
export interface Network {
  readonly people: number
  readonly checkins: { readonly person: Uint32Array; readonly place: Uint32Array; readonly at: Float64Array }
  /** `from` follows `to`; no pair twice. */
  readonly follows: { readonly from: Uint32Array; readonly to: Uint32Array; readonly at: Float64Array }
  readonly places: { readonly lat: Float64Array; readonly lon: Float64Array }
  /** All of it in the order of time, as verification would let it through: two events a person, one a record. */
  events(): Generator<VerifiedEvent>
}

/** The size that figures are stated for. */
export const WHOLE = { people: 50_000, checkins: 1_000_000, follows: 2_000_000 }

/** Quantiles at 0, 50, 90, 99 and 100 %, between which is interpolated by the logarithm. */
const CHECKINS_A_PERSON = [1, 5, 40, 240, 1_794]
const CHECKINS_A_PLACE = [1, 3, 12, 56, 1_680]
const FRIENDS_A_PERSON = [1, 2, 14, 66, 441]
const QUANTILES = [0, 0.5, 0.9, 0.99, 1]

const EVENTS_PER_CALL = 512
const HOST = 'https://pds.example'
const START_MS = Date.UTC(2026, 0, 1)
const SPAN_MS = 300 * 86_400_000
const CLUSTERS = 200
const CATEGORIES = ['food.cafe', 'food.restaurant', 'nightlife.bar', 'outdoors.park', 'travel.station', 'arts.museum']
const WORDS = 'rain window coffee table late train friends again best view in town never too early for cake'.split(' ')

export function makeNetwork(size: { people: number; checkins: number; follows: number }, seed = 1): Network {
  const fraction = dice(seed)
  const perPerson = shares(size.people, size.checkins, CHECKINS_A_PERSON, fraction)
  const places = Math.max(1, Math.round(size.checkins / meanOf(CHECKINS_A_PLACE)))
  const perPlace = shares(places, size.checkins, CHECKINS_A_PLACE, fraction)

  const at = new Float64Array(size.checkins)
  for (let n = 0; n < at.length; n++) at[n] = START_MS + Math.floor(fraction() * SPAN_MS)
  at.sort()
  const person = shuffle(dealt(perPerson, size.checkins), fraction)
  const place = shuffle(dealt(perPlace, size.checkins), fraction)

  const lat = new Float64Array(places)
  const lon = new Float64Array(places)
  const centres = Array.from({ length: CLUSTERS }, () => [fraction() * 130 - 60, fraction() * 360 - 180] as const)
  for (let n = 0; n < places; n++) {
    const [south, west] = centres[Math.floor(fraction() ** 2 * CLUSTERS)]!
    lat[n] = south + (fraction() + fraction() - 1) * 0.2
    lon[n] = west + (fraction() + fraction() - 1) * 0.2
  }
  return {
    people: size.people,
    checkins: { person, place, at },
    follows: makeFollows(size, fraction),
    places: { lat, lon },
    events() {
      return eventsOf(this)
    },
  }
}

/** The busy are followed more: a target is picked by its share of all friendships. */
function makeFollows({ people, follows }: { people: number; follows: number }, fraction: () => number) {
  const wanted = shares(people, follows, FRIENDS_A_PERSON, fraction)
  const targets = dealt(wanted, follows)
  const from = new Uint32Array(follows)
  const to = new Uint32Array(follows)
  const at = new Float64Array(follows)
  const met = new Set<number>()
  let made = 0
  // Among few people the busiest would follow more than there are: the surplus goes to the others.
  const most = Math.floor(people / 2)
  let surplus = 0
  for (let person = 0; person < people; person++) {
    met.clear()
    met.add(person)
    const share = wanted[person]! + surplus
    surplus = Math.max(0, share - most)
    for (let left = share - surplus; left > 0; left--) {
      let target = targets[Math.floor(fraction() * follows)]!
      while (met.has(target)) target = Math.floor(fraction() * people)
      met.add(target)
      from[made] = person
      to[made] = target
      made++
    }
  }
  for (let n = 0; n < follows; n++) at[n] = START_MS + Math.floor(fraction() * SPAN_MS)
  at.sort()
  // Whoever follows does so over the whole time, not all at once.
  for (let n = follows - 1; n > 0; n--) {
    const other = Math.floor(fraction() * (n + 1))
    ;[from[n], from[other]] = [from[other]!, from[n]!]
    ;[to[n], to[other]] = [to[other]!, to[n]!]
  }
  return { from, to, at }
}

/** Writes all of it into a log; answers how many events that are. */
export async function appendNetwork(network: Network, eventLog: Pick<EventLog, 'append'>): Promise<number> {
  let batch: VerifiedEvent[] = []
  let events = 0
  for (const event of network.events()) {
    events++
    if (batch.push(event) < EVENTS_PER_CALL) continue
    await eventLog.append(batch)
    batch = []
  }
  await eventLog.append(batch)
  return events
}

/** Folds all of it into a new read model in `folder`, without writing a log first. */
export async function foldNetwork(network: Network, folder: string): Promise<void> {
  const events = network.events()
  const head = network.people * 2 + network.checkins.at.length + network.follows.at.length
  const read = async (after: number, count: number) => {
    const through = Math.min(head, after + count)
    const part = Array.from({ length: through - after }, (_, nth) => ({
      position: after + nth + 1,
      receivedAt: 0,
      event: events.next().value as VerifiedEvent,
    }))
    return { events: part, through }
  }
  await rebuild({ eventLog: { head: async () => head, read }, folder })
}

export function didOf(person: number): Did {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  const bytes = hash('sha256', `network ${person}`, 'buffer').subarray(0, 24)
  return `did:plc:${Array.from(bytes, (byte) => letters[byte % 32]).join('')}`
}

function* eventsOf({ people, checkins, follows, places }: Network): Generator<VerifiedEvent> {
  const dids = Array.from({ length: people }, (_, person) => didOf(person))
  const data = cidOf(Buffer.of(1))
  let seq = 0
  const about = (person: number, rev?: string) => ({
    did: dids[person]!,
    source: { host: HOST, seq: ++seq },
    head: { rev, data: rev && data, active: true, status: undefined },
  })
  for (let person = 0; person < people; person++) {
    const handle = `person${person}.example` as Handle
    yield { kind: 'identity', ...about(person), handle, pds: HOST } as EventBody as VerifiedEvent
    yield { kind: 'account', ...about(person) } as EventBody as VerifiedEvent
  }
  const commit = (person: number, micros: number, collection: string, record: object): VerifiedEvent => {
    const put = putOf(collection, tidFrom(micros, seq % 1_024), record)
    const rev = tidFrom(micros + 1, seq % 1_024)
    return { kind: 'commit', ...about(person, rev), rev, ops: [put] } as EventBody as VerifiedEvent
  }
  const last = new Float64Array(people)
  const moment = (person: number, ms: number): number => (last[person] = Math.max(ms * 1_000, last[person]! + 2))
  let next = 0
  for (let n = 0; n < checkins.at.length; n++) {
    for (; next < follows.at.length && follows.at[next]! <= checkins.at[n]!; next++) yield follow(next)
    const person = checkins.person[n]!
    const place = checkins.place[n]!
    const createdAt = new Date(checkins.at[n]!).toISOString()
    yield commit(person, moment(person, checkins.at[n]!), 'app.waypost.checkin' satisfies Nsid, {
      $type: 'app.waypost.checkin',
      place: {
        name: `Place number ${place}`,
        refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: `${place + 1}` }],
        geo: { $type: GEO, latitude: places.lat[place]!.toFixed(6), longitude: places.lon[place]!.toFixed(6) },
        address: { $type: 'community.lexicon.location.address', country: COUNTRIES[place % COUNTRIES.length] },
        category: CATEGORIES[place % CATEGORIES.length],
      },
      ...(n % 5 < 2 && { text: wordsOf(n), langs: ['en'] }),
      createdAt,
    })
  }
  for (; next < follows.at.length; next++) yield follow(next)

  function follow(n: number): VerifiedEvent {
    const person = follows.from[n]!
    const createdAt = new Date(follows.at[n]!).toISOString()
    const subject = dids[follows.to[n]!]!
    return commit(person, moment(person, follows.at[n]!), 'app.bsky.graph.follow', {
      $type: FOLLOW,
      subject,
      createdAt,
    })
  }
}

const GEO = 'community.lexicon.location.geo'
const FOLLOW = 'app.bsky.graph.follow'
const COUNTRIES = ['DE', 'FR', 'JP', 'US', 'DK', 'BR', 'PT']

function wordsOf(n: number): string {
  return Array.from({ length: 3 + (n % 6) }, (_, at) => WORDS[(n * 7 + at * 5) % WORDS.length]).join(' ')
}

/** `count` numbers of the shape that the quantiles give, each at least 0, which add up to `total`. */
function shares(count: number, total: number, quantiles: readonly number[], fraction: () => number): Uint32Array {
  const raw = Float64Array.from({ length: count }, () => quantile(quantiles, fraction()))
  const factor = total / raw.reduce((sum, value) => sum + value, 0)
  const whole = new Uint32Array(count)
  let carry = 0
  for (let n = 0; n < count; n++) {
    const wanted = raw[n]! * factor + carry
    whole[n] = Math.floor(wanted)
    carry = wanted - whole[n]!
  }
  const missing = total - whole.reduce((sum, value) => sum + value, 0)
  whole[0] = whole[0]! + missing
  return whole
}

function quantile(values: readonly number[], at: number): number {
  const upper = Math.max(
    1,
    QUANTILES.findIndex((edge) => at <= edge),
  )
  const [low, high] = [QUANTILES[upper - 1]!, QUANTILES[upper]!]
  const share = (at - low) / (high - low)
  return values[upper - 1]! * (values[upper]! / values[upper - 1]!) ** share
}

function meanOf(values: readonly number[]): number {
  let sum = 0
  for (let n = 0; n < 1_000; n++) sum += quantile(values, (n + 0.5) / 1_000)
  return sum / 1_000
}

/** Each number as often as its share says. */
function dealt(each: Uint32Array, total: number): Uint32Array {
  const hand = new Uint32Array(total)
  let at = 0
  for (const [number, times] of each.entries()) hand.fill(number, at, (at += times))
  return hand
}

function shuffle(cards: Uint32Array, fraction: () => number): Uint32Array {
  for (let n = cards.length - 1; n > 0; n--) {
    const other = Math.floor(fraction() * (n + 1))
    ;[cards[n], cards[other]] = [cards[other]!, cards[n]!]
  }
  return cards
}

/** Marsaglia's xorshift with 32 bits: enough for shapes, and the same everywhere. */
function dice(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}
