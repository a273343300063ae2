import { existsSync } from 'node:fs'
import { assert, tidFrom, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { readDataset } from '../../packages/load/src/dataset.ts'
import { replayEvents } from '../../packages/load/src/replay-events.ts'
import {
  commitFrame,
  createSignedRepo,
  generatedEvents,
  generatePeople,
  type HostEvent,
  type SignedRepo,
} from '../../packages/load/src/index.ts'
import { identityOf } from '../../packages/server/src/verify/identity.ts'
import { decodeFrame } from '../../packages/server/src/wire/decode-frame.ts'
import { recordedFrames, sharedJson, unlessShared } from '../../packages/server/test/kit/shared-data.ts'

/** Recorded messages of a host with the keys that they were signed with: what every contender is fed. */
export interface Material {
  readonly about: string
  /** In leaps through the time of their making, so that any stretch of them is a fair sample. */
  readonly commits: readonly Uint8Array[]
  /** `did:key:…` by DID. */
  readonly keys: ReadonlyMap<string, string>
}

const DATASET = '../shared/data/checkins/gowalla-nyc'

/**
 * Signed commits of so many people, from real check-ins where the dataset is there and from generated ones otherwise.
 * Every fifth person signs with P-256; check-ins of one minute share a commit.
 */
export async function makeMaterial(options: { people: number; commits: number }): Promise<Material> {
  const people = await generatePeople('waypost bench', options.people)
  const { clock, random } = simWorld()
  const repos = new Map<Did, SignedRepo>(
    people.map(({ did, key }) => [did, createSignedRepo({ did, key, clock })] as const),
  )
  const isReal = existsSync(DATASET)
  const events: Iterable<HostEvent> = isReal
    ? replayEvents(
        await readDataset(DATASET, { people: options.people }),
        people.map(({ did }) => did),
      )
    : generatedEvents(people, {
        random,
        commitsEach: Math.ceil((2 * options.commits) / options.people),
        startMs: Date.UTC(2025, 0, 1),
      })
  const frames: Uint8Array[] = []
  for (const event of events) {
    if (event.kind !== 'commit') continue
    const commit = await repos.get(event.did)!.commit(event.writes, event.at === undefined ? {} : { at: event.at })
    frames.push(commitFrame({ seq: frames.length + 1, time: new Date(clock.now()).toISOString() }, commit))
    if (frames.length >= options.commits) break
  }
  return {
    about: `${frames.length} commits of ${options.people} people, ${isReal ? 'real' : 'generated'} check-ins`,
    commits: inLeaps(frames),
    keys: new Map(people.map(({ did, key }) => [did, key.did])),
  }
}

/** Messages of people and collections that are nobody's business here: posts and likes elsewhere. */
export async function makeForeign(options: { people: number; commits: number }): Promise<Material> {
  const people = await generatePeople('elsewhere', options.people)
  const { clock } = simWorld()
  const repos = people.map(({ did, key }) => createSignedRepo({ did, key, clock }))
  const frames: Uint8Array[] = []
  for (let at = 0; at < options.commits; at++) {
    const repo = repos[at % repos.length]!
    const micros = Date.UTC(2025, 0, 1) * 1_000 + at * 1_000_000
    const record = {
      $type: 'app.bsky.feed.post',
      text: `Number ${at}`,
      createdAt: new Date(micros / 1_000).toISOString(),
    }
    const write = { action: 'create', collection: 'app.bsky.feed.post', rkey: tidFrom(micros, 0), record } as const
    const commit = await repo.commit([write], { at: micros })
    frames.push(commitFrame({ seq: at + 1, time: new Date(clock.now()).toISOString() }, commit))
  }
  return {
    about: `${frames.length} commits in collections of others`,
    commits: inLeaps(frames),
    keys: new Map(people.map(({ did, key }) => [did, key.did])),
  }
}

const RECORDED = 'atproto/firehose-2026-07-04'

/** Messages of a relay of the real network, with the keys of their authors' DID documents; undefined where absent. */
export function recordedMaterial(): (Material & { readonly all: readonly Uint8Array[] }) | undefined {
  if (unlessShared(RECORDED)) return undefined
  const documents = sharedJson<Record<Did, Record<string, unknown>>>(`${RECORDED}/did_docs.json.gz`)
  const all = recordedFrames()
  const keys = new Map<string, string>()
  const commits = all.filter((bytes) => {
    const frame = decodeFrame(bytes)
    if (!frame.ok || frame.value.kind !== 'commit') return false
    const { did } = frame.value
    const identity = identityOf(did, documents[did] ?? {}, 0)
    assert(identity.ok, 'every author has a document')
    keys.set(did, identity.value.signingKey.text)
    return true
  })
  return { about: `${all.length} messages of a relay, ${commits.length} of them commits`, commits, keys, all }
}

/** A prime that no number of frames is a multiple of. */
const LEAP = 7_919

function inLeaps<Item>(items: readonly Item[]): readonly Item[] {
  return items.map((_, index) => items[(index * LEAP) % items.length]!)
}
