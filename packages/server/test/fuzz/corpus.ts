/** The genuine material: whole lives of generated people and, where it is there, what was recorded of others. */
import { encode } from '@atcute/cbor'
import { bytesToMultibase } from '@atproto/crypto'
import { assert, tidFrom, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import {
  accountFrame,
  commitFrame,
  createSignedRepo,
  errorFrame,
  generatedEvents,
  generatePeople,
  identityFrame,
  infoFrame,
  syncFrame,
  type GeneratedPerson,
  type RepoWrite,
  type SignedRepo,
} from '@waypost/load'
import type { Collection } from '#verify/collections.ts'
import { parseDidKey, type PublicKey } from '#verify/did-key.ts'
import { identityOf } from '#verify/identity.ts'
import { recordedFrames, sharedBytes, sharedJson, unlessShared } from '../kit/shared-data.ts'
import { readCar } from './car.ts'
import { field, setField, text, writeItem } from './item.ts'
import { closeFrame, openFrame } from './opened-frame.ts'
import { readable } from './reseal.ts'
import { SAMPLE_RECORDS, sampleKey, sampleRecord } from './sample-records.ts'

/** Something genuine from which mutants are made. */
export interface Seed {
  readonly bytes: Uint8Array
  /** What a judge must know beside the bytes: whose, or under which path. Empty where there is nothing to know. */
  readonly about: string
}

/** All the genuine material, generated and, where it is there, recorded. */
export interface Corpus {
  readonly people: readonly GeneratedPerson[]
  readonly keys: ReadonlyMap<string, PublicKey>
  /** Of every kind. */
  readonly frames: readonly Seed[]
  /** Commits of generated people alone: who mutates one can sign it again. `about` is the person. */
  readonly commits: readonly Seed[]
  readonly repos: readonly Seed[]
  readonly ownRepos: readonly Seed[]
  readonly records: readonly Seed[]
  readonly documents: readonly Seed[]
  /** Blocks of all of these: commits, nodes and records. */
  readonly blocks: readonly Seed[]
  /** Recorded material that is not on this machine, in words. */
  readonly missing: readonly string[]
}

const FIREHOSE = 'atproto/firehose-2026-07-04'
const CARS = 'atproto/cars'
const START_MS = Date.UTC(2026, 0, 1)
/** Of a large repository the campaign would do little else than hash. */
const REPO_BYTES_MAX = 300_000
const BLOCKS_MAX = 1_500

export async function loadCorpus({ recorded }: { readonly recorded: boolean }): Promise<Corpus> {
  const people = await generatePeople('fuzz', 6)
  const keys = new Map<string, PublicKey>()
  for (const { did, key } of people) keys.set(did, parseDidKey(key.did)!)
  const generated = await generateLives(people)
  const commits = generated.frames.filter((seed) => seed.about !== '')
  const frames = [...generated.frames]
  const repos = [...generated.repos]
  const documents: Seed[] = people.flatMap(documentsOf)
  const missing: string[] = []
  if (!recorded || unlessShared(FIREHOSE) !== false) missing.push(`the recorded firehose (../shared/data/${FIREHOSE})`)
  else {
    const found = sharedJson<Record<Did, object>>(`${FIREHOSE}/did_docs.json.gz`)
    for (const [did, document] of Object.entries(found) as [Did, Record<string, unknown>][]) {
      const identity = identityOf(did, document, 0)
      if (identity.ok) keys.set(did, identity.value.signingKey)
      documents.push({ bytes: Buffer.from(JSON.stringify(document)), about: did })
    }
    for (const [index, bytes] of recordedFrames().entries()) {
      frames.push({ bytes, about: '' })
      const own = await signedBy(people[index % people.length]!, bytes)
      if (own) commits.push(own)
    }
  }
  if (!recorded || unlessShared(CARS) !== false) missing.push(`whole repositories of others (../shared/data/${CARS})`)
  else repos.push(...recordedRepos(keys))
  return {
    people,
    keys,
    frames,
    commits,
    repos,
    ownRepos: generated.repos,
    records: recordSeeds(),
    documents,
    blocks: blocksOf([...repos, ...commits.map(({ bytes, about }) => ({ bytes: carIn(bytes), about }))]),
    missing,
  }
}

async function generateLives(people: readonly GeneratedPerson[]): Promise<{ frames: Seed[]; repos: Seed[] }> {
  const world = simWorld({ seed: 1, startMs: START_MS })
  const repos = new Map(people.map(({ did, key }) => [did, createSignedRepo({ did, key, clock: world.clock })]))
  const frames: Seed[] = []
  let seq = 0
  const stamp = () => ({ seq: ++seq, time: '2026-01-01T00:00:00.000Z' })
  const commit = async (did: Did, writes: readonly RepoWrite[], at?: number): Promise<void> => {
    const made = await repos.get(did)!.commit(writes, at === undefined ? {} : { at })
    frames.push({ bytes: commitFrame(stamp(), made), about: did })
  }
  for (const event of generatedEvents(people, { random: world.random, commitsEach: 9, startMs: START_MS })) {
    if (event.kind === 'commit') await commit(event.did, event.writes, event.at)
    if (event.kind === 'identity') frames.push({ bytes: identityFrame(stamp(), event), about: '' })
    if (event.kind === 'account') frames.push({ bytes: accountFrame(stamp(), event), about: '' })
  }
  for (const [index, { did }] of people.entries()) {
    const samples = writesOfSamples(index)
    await commit(did, samples)
    await commit(did, manyVisits(index, 30 * (1 + index)))
    // Taken out again in one commit: nodes that lie apart become one.
    await commit(
      did,
      [...samples.slice(0, 9), ...manyVisits(index, 20)].map(({ collection, rkey }) => ({
        action: 'delete',
        collection,
        rkey,
      })),
    )
    frames.push({
      bytes: syncFrame(stamp(), { did, rev: repos.get(did)!.head!.rev, blocks: repos.get(did)!.headCar() }),
      about: '',
    })
  }
  frames.push({ bytes: infoFrame({ name: 'OutdatedCursor', message: 'Too old' }), about: '' })
  frames.push({ bytes: errorFrame({ error: 'FutureCursor', message: 'Too new' }), about: '' })
  const cars = [...repos].map(([did, repo]: [Did, SignedRepo]): Seed => ({ bytes: repo.car(), about: did }))
  return { frames, repos: cars }
}

const COLLECTIONS = Object.keys(SAMPLE_RECORDS) as Collection[]

function writesOfSamples(index: number): RepoWrite[] {
  return COLLECTIONS.filter((collection) => collection !== 'app.waypost.profile').map((collection, nth) => ({
    action: 'create',
    collection,
    rkey: collection.endsWith('.profile') ? 'self' : tidFrom((START_MS + nth) * 1_000, 17),
    record: sampleRecord(collection, index),
  }))
}

function manyVisits(index: number, count: number): RepoWrite[] {
  return Array.from({ length: count }, (_, nth) => ({
    action: 'create',
    collection: 'app.waypost.checkin',
    rkey: tidFrom((START_MS + nth * 60_000) * 1_000 + index, 23),
    record: { ...sampleRecord('app.waypost.checkin', 1), text: `Visit ${nth}` },
  }))
}

function recordSeeds(): Seed[] {
  return COLLECTIONS.flatMap((collection) =>
    SAMPLE_RECORDS[collection].map((_, index) => ({
      bytes: encode(sampleRecord(collection, index)).slice(),
      about: `${collection}/${sampleKey(collection)}`,
    })),
  )
}

/** The document of today and the one of old, in one form each. */
function documentsOf({ did, handle, key }: GeneratedPerson): Seed[] {
  const publicKey = parseDidKey(key.did)!
  const service = { id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: 'https://pds.example' }
  const method = { id: `${did}#atproto`, type: 'Multikey', controller: did }
  const multibase = publicKey.text.slice('did:key:'.length)
  const today = {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    alsoKnownAs: [`at://${handle}`],
    verificationMethod: [{ ...method, publicKeyMultibase: multibase }],
    service: [service],
  }
  const type = publicKey.curve === 'k256' ? 'EcdsaSecp256k1VerificationKey2019' : 'EcdsaSecp256r1VerificationKey2019'
  const bare = bytesToMultibase(publicKey.compressed, 'base58btc')
  const old = { ...today, verificationMethod: [{ ...method, id: '#atproto', type, publicKeyMultibase: bare }] }
  return [today, old].map((document) => ({ bytes: Buffer.from(JSON.stringify(document)), about: did }))
}

/** A recorded commit with its tree and records as they are, but as this person's own. */
async function signedBy({ did, key }: GeneratedPerson, bytes: Uint8Array): Promise<Seed | undefined> {
  try {
    const frame = openFrame(bytes)
    const root = frame.car.blocks.find((block) => field(readable(block.bytes) ?? text(''), 'sig'))
    const signed = root && readable(root.bytes)
    if (!root || signed?.kind !== 'map' || !field(frame.body, 'ops')) return undefined
    setField(signed, 'did', text(did))
    root.bytes = writeItem(signed)
    setField(frame.body, 'repo', text(did))
    return { bytes: await closeFrame(frame, key), about: did }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function recordedRepos(keys: Map<string, PublicKey>): Seed[] {
  const document = sharedJson<Record<string, unknown>>(`${CARS}/greenground.didDoc.json`)
  const identity = identityOf(document['id'] as Did, document, 0)
  if (identity.ok) keys.set(identity.value.did, identity.value.signingKey)
  return ['empty.car', 'tiny.car', 'little.car', 'repo_slice.car', 'greenground.repo.car']
    .map((name) => sharedBytes(`${CARS}/${name}`))
    .filter((bytes) => bytes.length <= REPO_BYTES_MAX)
    .map((bytes) => ({ bytes, about: ownerOf(bytes) }))
}

function ownerOf(car: Uint8Array): string {
  const did = readCar(car)
    .blocks.map(({ bytes }) => field(readable(bytes) ?? text(''), 'did'))
    .find(Boolean)
  assert(did?.kind === 'text', 'a repository names its owner')
  return Buffer.from(did.bytes).toString()
}

function carIn(frame: Uint8Array): Uint8Array {
  const blocks = field(openFrame(frame).body, 'blocks')
  assert(blocks?.kind === 'bytes', 'a commit has blocks')
  return blocks.bytes
}

function blocksOf(cars: readonly Seed[]): Seed[] {
  const found = new Map<string, Seed>()
  for (const { bytes } of cars) {
    for (const block of readCar(bytes).blocks) found.set(block.cid.toString('hex'), { bytes: block.bytes, about: '' })
  }
  const all = [...found.values()]
  const every = Math.max(1, Math.ceil(all.length / BLOCKS_MAX))
  return all.filter((_, index) => index % every === 0)
}
