import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { encode } from '@atcute/cbor'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  ANSWER_VILLAINIES,
  commitFrame,
  createSignedRepo,
  errorFrame,
  generatePeople,
  HANDSHAKE_VILLAINIES,
  identityFrame,
  infoFrame,
  saysWithoutEnd,
  spoiltFrame,
  startDocumentDirectory,
  startFakeHost,
  startHostileSocket,
  STREAM_VILLAINIES,
  type FakeHost,
  type HostileSocket,
  type GeneratedPerson,
  type RepoWrite,
  type SignedRepo,
  type SocketVillainy,
} from '@waypost/load'
import { REPO_BYTES_MAX } from '#wire/repo.ts'
import type { Ask, Sample } from './hostile-memory-process.ts'

/**
 * One ingest, in a process of its own, that is flooded in one way after another. Whatever comes is refused or passed by;
 * afterwards the process holds no more than before, meanwhile never much more, and nothing in it waits long for its turn.
 */

const world = realWorld()
const FLOODED_MS = 200
/** What may be left of a flood: the messages of one piece off the socket that are not worked off yet. */
const HELD_BYTES_MAX = 12_000_000
/** What is under way at most, and what nobody has cleared away yet, over what the process had before all floods. */
const PEAK_BYTES_MAX = 256_000_000
/** For a machine that is busy with other things. */
const STALLED_MS_MAX = 2_000

let visits = 0

function checkin(fields: object = {}): RepoWrite {
  const micros = Date.UTC(2026, 0, 1) * 1_000 + ++visits
  const record = { $type: 'app.waypost.checkin', createdAt: '2026-01-01T00:00:00Z', place: { name: 'Café' }, ...fields }
  return { action: 'create', collection: 'app.waypost.checkin', rkey: tidFrom(micros, 0), record }
}

interface Resident extends GeneratedPerson {
  readonly repo: SignedRepo
}

const opened = new AsyncDisposableStack()
let honest: FakeHost
let child: ChildProcess
let silent: HostileSocket
let first: Sample

function ask(what: Ask): void {
  child.send(what)
}

async function sample(): Promise<Sample> {
  ask('sample')
  return ((await once(child, 'message')) as [Sample])[0]
}

/** Answers the peak until then. */
async function toldOf(what: string, atLeast: number): Promise<number> {
  let peakBytes = 0
  for (;;) {
    const now = await sample()
    peakBytes = Math.max(peakBytes, now.peakBytes)
    if ((now.told[what] ?? 0) >= atLeast) return peakBytes
    await world.timers.sleep(50)
  }
}

const stamp = { seq: 1, time: '2026-01-01T00:00:00Z' }
const [ana, ben, vic, eva] = (await generatePeople('memory', 4)).map((person) => ({
  ...person,
  repo: createSignedRepo({ ...person, clock: world.clock }),
})) as [Resident, Resident, Resident, Resident]
const strangers = Array.from({ length: 2_000 }, (_, nth): Did => `did:plc:${String(nth).padStart(24, 'a')}`)
const known = await ana.repo.commit([checkin()])
const nowMicros = Date.now() * 1_000
const spoilt = (fields: object = {}): Promise<Uint8Array> =>
  spoiltFrame('signature', ana.repo, [checkin(fields)], { stamp, at: nowMicros, nowMicros })
/** The one in between is kept back. */
async function gap({ repo }: Resident): Promise<Uint8Array> {
  await repo.commit([checkin()])
  await repo.commit([checkin()])
  return commitFrame(stamp, await repo.commit([checkin({ padding: 'x'.repeat(900_000) })]))
}

interface Flood {
  readonly name: string
  /** All at once. */
  readonly villainies: readonly SocketVillainy[]
  /** Which of the ingest's words shows that it came to that, or what else does. */
  readonly told?: string
  readonly isBegun?: () => boolean
  /** What the ingest keeps on purpose. */
  readonly keptBytesMax?: number
}

function saying(name: string, told: string, ...messages: readonly Uint8Array[]): Flood {
  return { name, villainies: [saysWithoutEnd(name, ...messages)], told }
}

const FLOODS: readonly Flood[] = [
  saying('messages of nothing', 'frame-truncated', new Uint8Array()),
  saying('noise', 'frame-malformed', new Uint8Array(64).fill(0xff)),
  saying('messages of five megabytes', 'frame-too-large', new Uint8Array(5_100_000)),
  saying('messages of nine megabytes', 'frame-too-large', new Uint8Array(9_000_000)),
  saying('words about the stream', 'said', infoFrame({ name: 'x', message: 'y'.repeat(1_000) })),
  saying('errors', 'said', errorFrame({ error: 'x', message: 'y'.repeat(1_000) })),
  saying('weather', 'frame-unknown-type', Buffer.concat([encode({ op: 1, t: '#weather' }), encode(stamp)])),
  saying('news of a stranger', 'foreign', identityFrame(stamp, { did: strangers[0]! })),
  saying('news of many strangers', 'foreign', ...strangers.map((did) => identityFrame(stamp, { did }))),
  saying('commits that nobody signed', 'signature', await spoilt()),
  saying('large commits that nobody signed', 'signature', await spoilt({ padding: 'x'.repeat(900_000) })),
  saying('one commit', 'rev-repeated', commitFrame(stamp, known)),
  {
    name: 'commits of somebody whose own host says nothing',
    villainies: [saysWithoutEnd('commits', await gap(vic))],
    isBegun: () => silent.calls.length > 0,
    // Those that wait for the repository.
    keptBytesMax: 64_000_000,
  },
  { name: 'all that can go wrong with a welcome', villainies: HANDSHAKE_VILLAINIES },
  { name: 'all that can go wrong below messages', villainies: STREAM_VILLAINIES },
]

before(async () => {
  const directory = opened.use(await startDocumentDirectory())
  honest = opened.use(await startFakeHost({ world }))
  for (const [person, does] of [
    [ana, undefined],
    [ben, undefined],
    [vic, 'says nothing'],
    [eva, 'never ends'],
  ] as const) {
    const { did, handle, key, repo } = person
    honest.addAccount({ did, handle, repo })
    const villainy = ANSWER_VILLAINIES.find(({ name }) => name === does)
    const path = '/xrpc/com.atproto.sync.getRepo?'
    const from = { world, behind: honest, path, turns: Infinity }
    const hostile = villainy && opened.use(await startHostileSocket({ ...from, villainy }))
    if (hostile && does === 'says nothing') silent = hostile
    directory.put({ did, handle, signingKey: key.did, pds: (hostile ?? honest).url })
  }
  child = fork(fileURLToPath(new URL('./hostile-memory-process.ts', import.meta.url)), [directory.url], {
    execArgv: ['--expose-gc'],
  })
  await honest.emit({ kind: 'raw', frame: (at) => commitFrame(at, known) })
  ask({ follow: honest.url })
  await toldOf('commit', 1)
  first = await sample()
})

after(async () => {
  child.disconnect()
  await once(child, 'exit')
  await opened.disposeAsync()
})

for (const { name, villainies, told, isBegun = () => true, keptBytesMax = 0 } of FLOODS) {
  test(`memory does not grow with a flood: ${name}`, async () => {
    const countOf = (at: Sample): number => (told && at.told[told]) || 0
    const isHere = (now: Sample): boolean => (told ? countOf(now) > countOf(earlier) : isBegun())
    const earlier = await sample()
    await using villains = new AsyncDisposableStack()
    const sockets: HostileSocket[] = []
    for (const villainy of villainies) {
      sockets.push(villains.use(await startHostileSocket({ world, behind: honest, villainy, turns: Infinity })))
      ask({ follow: sockets.at(-1)!.url })
    }
    let during: Sample
    do {
      await world.timers.sleep(FLOODED_MS)
      during = await sample()
    } while (sockets.some(({ calls }) => calls.length === 0) || !isHere(during))
    await villains.disposeAsync()
    // Whatever was left of it is worked off once somebody else is heard again.
    await honest.emit({ kind: 'commit', did: ben.did, writes: [checkin()] })
    await toldOf('commit', (earlier.told['commit'] ?? 0) + 1)
    const heldBytes = (await sample()).heldBytes - earlier.heldBytes
    assert.ok(heldBytes < HELD_BYTES_MAX + keptBytesMax, `${heldBytes} bytes more are held`)
    const peakBytes = during.peakBytes - first.peakBytes
    assert.ok(peakBytes < PEAK_BYTES_MAX, `${peakBytes} bytes more were taken`)
    assert.ok(during.stalledMs < STALLED_MS_MAX, `stalled for ${during.stalledMs} ms`)
  })
}

test('memory does not grow with a repository that never ends past the largest that is ever fetched', async () => {
  const told = await gap(eva)
  const isTold = toldOf('car-malformed', 1)
  await honest.emit({ kind: 'raw', frame: () => told })
  const peakBytes = (await isTold) - first.peakBytes
  assert.ok(peakBytes < REPO_BYTES_MAX + PEAK_BYTES_MAX, `${peakBytes} bytes more were taken`)
})
