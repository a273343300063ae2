import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { atUri, tidFrom, tidMicros, type Cid, type Did, type Handle, type Nsid, type Random } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { readDataset, type Dataset, type Visit } from '../../packages/load/src/dataset.ts'
import type { HostEvent } from '../../packages/load/src/fake-host.ts'
import { replayEvents } from '../../packages/load/src/replay-events.ts'
import type { RepoWrite } from '../../packages/load/src/signed-repo.ts'
import { cidOf, putOf } from '../../packages/server/src/project/given.ts'
import type { EventBody, RecordOp, VerifiedEvent } from '../../packages/server/src/verify/event.ts'

/** What people did, as the events that verification would let through, in four acts. */
export interface Material {
  readonly about: string
  readonly checkins: number
  /** In the order in which the log gets them. */
  readonly acts: readonly Act[]
}

export interface Act {
  /** `joining`: identity, account, profile and follows. `more`: a later check-in each, alone in its commit. */
  readonly name: 'joining' | 'checkins' | 'likes' | 'comments' | 'more'
  readonly events: readonly VerifiedEvent[]
}

const DATASET = '../shared/data/checkins/gowalla-nyc'
const HOST = 'https://pds.example'
const CHECKIN = 'app.waypost.checkin'
const LIKE = 'community.lexicon.interaction.like'
const COMMENT = 'app.waypost.comment'
/** Likes and comments follow the check-ins at these ratios. */
const LIKES_EACH = 0.2
const COMMENTS_EACH = 0.05

/**
 * Real check-ins where the dataset is there and generated ones otherwise; a few are edited or deleted, some are liked
 * or commented on. Nothing is signed: whoever reads the log doesn't look. The same arguments give the same events.
 */
export async function makeMaterial(options: { readonly people: number }): Promise<Material> {
  const { random } = simWorld()
  const isReal = existsSync(DATASET)
  const dataset = isReal ? await readDataset(DATASET, options) : generatedDataset(options.people, random)
  const dids = dataset.people.map((_person, number) => didOf(number))
  const repos = new Repos()
  const joining: VerifiedEvent[] = []
  const checkins: VerifiedEvent[] = []
  for (const event of replayEvents(dataset, dids)) {
    const body = repos.take(event)
    const isCheckin = body.kind === 'commit' && body.ops.some(({ collection }) => collection === CHECKIN)
    ;(isCheckin ? checkins : joining).push(body)
  }
  const lastAt = (dataset.visits.at(-1)!.at + 60_000) * 1_000
  const all = [...repos.standing]
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.fraction() * list.length)]!
  const by = (collection: string, count: number, record: (createdAt: string) => object): readonly VerifiedEvent[] =>
    Array.from({ length: Math.floor(count) }, (_, nth) => {
      const at = lastAt + nth * 1_000
      const write: RepoWrite = {
        action: 'create',
        collection,
        rkey: tidFrom(at, nth % 1_024),
        record: { $type: collection, ...record(new Date(at / 1_000).toISOString()) },
      }
      return repos.take({ kind: 'commit', did: pick(dids), writes: [write], at })
    })
  const likes = by(LIKE, all.length * LIKES_EACH, (createdAt) => ({ subject: pick(all), createdAt }))
  const comments = by(COMMENT, all.length * COMMENTS_EACH, (createdAt) => ({
    subject: pick(all),
    text: 'I was there just yesterday!',
    createdAt,
  }))
  const more = by(CHECKIN, all.length / 4, (createdAt) => {
    const { name, latitude, longitude } = pick(dataset.visits).venue
    return { place: { name, geo: { latitude, longitude } }, createdAt }
  })
  return {
    about: `${all.length} ${isReal ? 'real' : 'generated'} check-ins of ${dids.length} people`,
    checkins: repos.standing.size,
    acts: [
      { name: 'joining', events: joining },
      { name: 'checkins', events: checkins },
      { name: 'likes', events: likes },
      { name: 'comments', events: comments },
      { name: 'more', events: more },
    ],
  }
}

/** Gives each event what verification would have found in it. */
class Repos {
  /** References to the check-ins that are there. */
  readonly standing = new Set<{ readonly uri: string; readonly cid: Cid }>()
  readonly #byUri = new Map<string, { readonly uri: string; readonly cid: Cid }>()
  readonly #revs = new Map<Did, string>()
  #seq = 0

  take(event: HostEvent): VerifiedEvent {
    return this.#bodyOf(event) as VerifiedEvent
  }

  #bodyOf(event: HostEvent): EventBody {
    if (event.kind === 'raw' || event.kind === 'sync') throw new Error(`a replay has no ${event.kind}`)
    const { did } = event
    if (event.kind === 'commit') {
      const known = this.#revs.get(did)
      const micros = Math.max(event.at ?? 0, known === undefined ? 0 : tidMicros(known) + 1)
      this.#revs.set(did, tidFrom(micros, 5))
    }
    const rev = this.#revs.get(did)
    const data = rev && cidOf(Buffer.from(`${did} ${rev}`))
    const about = {
      did,
      source: { host: HOST, seq: ++this.#seq },
      head: { rev, data, active: true, status: undefined },
    }
    if (event.kind === 'account') return { kind: 'account', ...about }
    if (event.kind === 'identity') {
      const handle = `person-${did.slice(-6)}.example` as Handle
      return { kind: 'identity', ...about, handle, pds: HOST }
    }
    const ops = event.writes.map((write) => this.#opOf(did, write))
    return { kind: 'commit', ...about, rev: rev!, ops }
  }

  #opOf(did: Did, { action, collection, rkey, record }: RepoWrite): RecordOp {
    const uri = atUri(did, collection, rkey)
    this.standing.delete(this.#byUri.get(uri)!)
    if (action === 'delete') return { action, collection: collection as Nsid, rkey }
    const put = putOf(collection, rkey, record!)
    if (collection === CHECKIN) {
      const ref = { uri, cid: put.cid }
      this.#byUri.set(uri, ref)
      this.standing.add(ref)
    }
    return put
  }
}

function didOf(number: number): Did {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  const bytes = hash('sha256', `waypost bench ${number}`, 'buffer').subarray(0, 24)
  return `did:plc:${Array.from(bytes, (byte) => letters[byte % 32]).join('')}`
}

/** Busy people and quiet ones, places of all sizes, in numbers like those of the real check-ins. */
function generatedDataset(people: number, random: Random): Dataset {
  const startMs = Date.UTC(2010, 0, 1)
  const venues = Array.from({ length: people * 60 }, (_, number) => ({
    name: `Place number ${number}`,
    latitude: (40.5 + random.fraction() * 0.4).toFixed(10),
    longitude: (-74.2 + random.fraction() * 0.5).toFixed(10),
  }))
  const visits: Visit[] = []
  for (let person = 0; person < people; person++) {
    const count = Math.ceil(40 / (0.1 + random.fraction() ** 2))
    for (let nth = 0; nth < count; nth++) {
      const venue = venues[Math.floor(venues.length * random.fraction() ** 2)]!
      visits.push({ person, at: startMs + Math.floor(random.fraction() * 5e10), venue })
    }
  }
  visits.sort((a, b) => a.at - b.at)
  const friends = Array.from({ length: people * 7 }, (): [number, number] => [
    Math.floor(random.fraction() * people),
    Math.floor(random.fraction() * people),
  ]).filter(([a, b]) => a < b)
  const counts = Map.groupBy(visits, ({ person }) => person)
  return {
    people: Array.from({ length: people }, (_, person) => ({
      user: `${person}`,
      visits: counts.get(person)?.length ?? 0,
    })),
    visits,
    friends,
    refused: new Map(),
  }
}
