import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tidFrom, type Did } from '@waypost/kernel'
import { logged, putOf } from '../../packages/server/src/project/given.ts'
import { prepareBatches, type Committed } from '../../packages/server/src/project/batch.ts'
import { openReadModel, type ReadModel } from '../../packages/server/src/project/read-model.ts'
import { prepareFeeds } from '../../packages/server/src/query/feed.ts'
import {
  prepareTimelines,
  type TimelineLimits,
  type Timelines,
} from '../../packages/server/src/query/timelines/timelines.ts'
import type { EventBody } from '../../packages/server/src/verify/event.ts'
import { startRedisLists } from '../peers/redis-lists.ts'
import type { BenchOptions, Figure } from '../main.ts'
import { didOf, foldNetwork, makeNetwork, WHOLE, type Network } from './network.ts'

/**
 * What it costs to put a check-in into the timelines of all who follow its author. Everybody is online. Ours is all that
 * happens when a batch was committed: the rows of the batch from the read model, the audience of each author (which has
 * nobody between whom and them a block stands) and the rings. Redis gets LPUSH and LTRIM for each of the same
 * deliveries, pipelined, with its append-only file synced each second, and is charged for its own process alone: it
 * looks no follower up, and checks no block. An in-process structure and a server behind a socket are different things;
 * the ratio says what the second would cost here.
 */

/** Of the whole network, where there is no time for it. */
const SMALL = 1 / 16
/** Of the published benchmark. Who posts is picked by a power of how many follow them, such that this is the average. */
const FAN_OUT = 403
const CHECKINS_PER_BATCH = 100
/** Of all follows, a block stands between so many pairs too. */
const BLOCKED_SHARE = 1 / 100
const CELEBRITY_FOLLOWERS = 1_000_000
const MOMENT_MS = Date.UTC(2026, 11, 1)

export async function fanOut({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  return [...(await average({ full, note })), ...(await celebrity({ full, note }))]
}

async function average({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const part = full ? 1 : SMALL
  const network = makeNetwork({
    people: Math.round(WHOLE.people * part),
    // With few check-ins of before, rings are filled by what is delivered.
    checkins: Math.round(WHOLE.checkins * (full ? 1 : SMALL / 5)),
    follows: Math.round(WHOLE.follows * part),
  })
  await using model = await openModel()
  await foldNetwork(network, model.folder)
  using live = openLive(model.folder)
  live.fold(blocksOf(network))
  const { timelines, plain } = live.prepare()
  const personOf = personIds(live.readModel)
  const persons = Array.from({ length: network.people }, (_, nth) => personOf(didOf(nth)))
  for (const person of persons) timelines.timeline(person, { limit: 50 })

  const posting = postingOf(network)
  note(`fan-out: people post by the ${posting.power.toFixed(2)}th power of how many follow them`)
  const redis = await startRedisLists(note)
  model.opened.use({ [Symbol.asyncDispose]: async () => redis?.[Symbol.asyncDispose]() })
  const ours: number[] = []
  const theirs: number[] = []
  const round = full ? 2_500 : 500
  const post = (count: number): { rate: number; authors: readonly number[] } => {
    const authors = Array.from({ length: count }, () => posting.pick())
    const before = timelines.held().deliveries
    const seconds = live.tell(authors.map((nth) => didOf(nth)))
    return { rate: (timelines.held().deliveries - before) / seconds, authors }
  }
  // Warms up, and fills the rings.
  post(full ? 60_000 : 5_000)
  for (let nth = 0; nth < (full ? 6 : 3); nth++) {
    if (redis && nth % 2 === 1) theirs.push(await redis.deliver(posting.listsOf(post(round).authors)))
    const { rate, authors } = post(round)
    ours.push(rate)
    if (redis && nth % 2 === 0) theirs.push(await redis.deliver(posting.listsOf(authors)))
  }
  const held = timelines.held()
  const mean = held.deliveries / live.told
  note(`fan-out: ${live.told} check-ins to ${mean.toFixed(0)} timelines each on average, ${held.rings} rings`)
  note(`fan-out: ${checkPages(persons, timelines, plain)} pages are those of the tables`)
  const rate = median(ours)
  const figures: Figure[] = [
    { name: 'fanout_per_s', value: rate, unit: 'deliveries a CPU second', goal: '≥ 15,000,000' },
    { name: 'fanout_average', value: mean, unit: 'timelines a check-in', goal: `${FAN_OUT}` },
    { name: 'timeline_bytes_per_entry', value: held.bytes / held.entries, unit: 'bytes', goal: '≤ 8.5' },
    { name: 'timeline_entries_per_ring', value: held.entries / held.rings, unit: 'entries' },
  ]
  if (theirs.length === 0) return figures
  note(`fan-out: redis-server ${Math.round(median(theirs))} deliveries a CPU second`)
  return [...figures, { name: 'fanout_vs_redis', value: rate / median(theirs), unit: '×', goal: '≥ 20' }]
}

/** One person whom very many follow, all of them online. */
async function celebrity({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const followers = full ? CELEBRITY_FOLLOWERS : CELEBRITY_FOLLOWERS / 40
  await using model = await openModel()
  const author = didOf(0)
  using live = openLive(model.folder)
  live.fold([commit(author, 'app.waypost.profile', 'self', { displayName: 'Everybody’s friend' })])
  live.readModel.db.exec(`
    with recursive n (n) as (select 1000 union all select n + 1 from n where n < 999 + ${followers})
      insert into person (id, did, known) select n, 'did:plc:follower' || n, 1 from n;
    insert into follow (person, rkey, cid, subject, sort, hidden)
      select person.id, 'a', 'cid', star.id, 0, 0 from person, (select id from person where did = '${author}') star
      where person.id >= 1000;
    pragma wal_checkpoint(truncate)`)
  // What was watched until here is told of to nobody.
  live.fold([])
  const { timelines } = live.prepare({ ringBytesMax: 1_000_000_000, audienceBytesMax: 1_000_000_000 })
  for (let nth = 0; nth < followers; nth++) timelines.timeline(1_000 + nth, { limit: 1 })
  const times: number[] = []
  for (let nth = 0; nth < 9; nth++) {
    const start = performance.now()
    live.tell([author])
    times.push(performance.now() - start)
  }
  const { deliveries, rings } = timelines.held()
  if (deliveries !== 9 * followers) throw new Error(`${deliveries} were delivered to ${rings} rings`)
  note(
    `fan-out: a check-in by a person with ${followers} followers is with all of them in ${times.map((ms) => ms.toFixed(1)).join(', ')} ms`,
  )
  return [
    {
      name: 'celebrity_ms',
      value: median(times),
      unit: `ms, folded and committed, to ${followers} followers`,
      goal: '≤ 100 for 1,000,000',
    },
  ]
}

interface Live extends Disposable {
  readonly readModel: ReadModel
  /** Check-ins that were told of. */
  readonly told: number
  fold(events: readonly EventBody[]): Committed
  prepare(limits?: Partial<TimelineLimits>): { readonly timelines: Timelines; readonly plain: Timelines['timeline'] }
  /** A check-in of each; answers the CPU seconds that the timelines took. */
  tell(authors: readonly Did[]): number
}

function openLive(folder: string): Live {
  const readModel = openReadModel({ folder })
  // As the server reads: by a connection of its own.
  const reading = openReadModel({ folder, readOnly: true })
  const begin = prepareBatches(readModel)
  let timelines: Timelines | undefined
  let told = 0
  function fold(events: readonly EventBody[]): Committed {
    const after = readModel.position()
    const batch = begin()
    batch.fold(logged(events, after))
    return batch.commit(after + events.length)
  }
  return {
    readModel,
    fold,
    get told() {
      return told
    },
    prepare(limits) {
      const plain = prepareFeeds(reading.db).timeline
      timelines = prepareTimelines(reading.db, plain, limits)
      return { timelines, plain }
    },
    tell(authors) {
      let micros = 0
      for (let at = 0; at < authors.length; at += CHECKINS_PER_BATCH) {
        const some = authors.slice(at, at + CHECKINS_PER_BATCH)
        const committed = fold(some.map((author) => checkinOf(author, told++)))
        const before = process.cpuUsage()
        timelines!.follow(committed)
        const { user, system } = process.cpuUsage(before)
        micros += user + system
      }
      return micros / 1_000_000
    },
    [Symbol.dispose]() {
      reading[Symbol.dispose]()
      readModel[Symbol.dispose]()
    },
  }
}

async function openModel() {
  const opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, opened, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const PLACE = { name: 'Place', geo: { latitude: '52.52000', longitude: '13.40500' }, category: 'food.cafe' }

/** A minute after the one before, so that nobody has too many at once for one to be news. */
function checkinOf(author: Did, nth: number): EventBody {
  const at = MOMENT_MS + nth * 60_000
  const createdAt = new Date(at).toISOString()
  return commit(author, 'app.waypost.checkin', tidFrom(at * 1_000, 1), { place: PLACE, createdAt }, at)
}

function commit(did: Did, collection: string, rkey: string, record: object, at = MOMENT_MS - 1_000): EventBody {
  const rev = tidFrom((at + 1) * 1_000, 2)
  const put = putOf(collection, rkey, { $type: collection, ...record })
  const head = { rev, data: undefined, active: true, status: undefined }
  return { kind: 'commit', did, source: { host: 'https://pds.example', seq: 0 }, head, rev, ops: [put] }
}

/** Followers who block whom they follow: nothing goes from the one to the other. */
function blocksOf({ follows }: Network): readonly EventBody[] {
  const createdAt = new Date(MOMENT_MS).toISOString()
  const every = Math.round(1 / BLOCKED_SHARE)
  return Array.from(follows.from.filter((_, nth) => nth % every === 0)).map((from, nth) => {
    const subject = didOf(follows.to[nth * every]!)
    const at = MOMENT_MS - 1_000_000 + nth
    return commit(didOf(from), 'app.bsky.graph.block', tidFrom(at * 1_000, 3), { subject, createdAt }, at)
  })
}

/** Who posts, picked such that a check-in has `FAN_OUT` deliveries on average. */
function postingOf({ people, follows }: Network) {
  const followers: number[][] = Array.from({ length: people }, () => [])
  for (let nth = 0; nth < follows.from.length; nth++) followers[follows.to[nth]!]!.push(follows.from[nth]!)
  for (const each of followers) each.sort((a, b) => a - b)
  const meanAt = (power: number): number => {
    let [sum, weights] = [0, 0]
    for (const { length } of followers) {
      const weight = length === 0 ? 0 : length ** power
      sum += weight * (length * (1 - BLOCKED_SHARE) + 1)
      weights += weight
    }
    return sum / weights
  }
  let [low, high] = [0, 8]
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (meanAt(middle) < FAN_OUT) low = middle
    else high = middle
  }
  const sums = new Float64Array(people)
  let sum = 0
  for (const [nth, { length }] of followers.entries()) sums[nth] = sum += length === 0 ? 0 : length ** low
  let state = 1
  return {
    power: low,
    pick(): number {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const at = (state / 2 ** 32) * sum
      let [first, last] = [0, people - 1]
      while (first < last) {
        const middle = (first + last) >>> 1
        if (sums[middle]! <= at) first = middle + 1
        else last = middle
      }
      return first
    },
    listsOf: (authors: readonly number[]): readonly (readonly number[])[] =>
      authors.map((author) => [...followers[author]!, author]),
  }
}

function personIds({ db }: ReadModel): (did: Did) => number {
  const find = db.prepare<[string], number>('select id from person where did = ?').pluck()
  return (did) => find.get(did)!
}

function checkPages(persons: readonly number[], timelines: Timelines, plain: Timelines['timeline']): number {
  const some = persons.filter((_, nth) => nth % Math.ceil(persons.length / 200) === 0)
  for (const person of some) {
    const [page, expected] = [timelines.timeline(person, { limit: 100 }), plain(person, { limit: 100 })]
    if (JSON.stringify(page) !== JSON.stringify(expected)) throw new Error(`the timeline of ${person} is another`)
  }
  return some.length
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
