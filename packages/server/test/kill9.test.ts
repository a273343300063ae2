import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realWorld, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import {
  createSignedRepo,
  generatedEvents,
  generatePeople,
  startDocumentDirectory,
  startFakeHost,
  type FakeHost,
  type GeneratedPerson,
  type HostEvent,
} from '@waypost/load'
import { digest } from '#project/digest.ts'
import { openReadModel } from '#project/read-model.ts'
import { freePort } from '../../../tools/free-port.ts'
import {
  runWaypost,
  startServerProcess,
  waitUntil,
  waitUntilUp,
  type ServerProcess,
  type Settings,
} from './kill9-process.ts'

const PEOPLE = 40
const COMMITS_EACH = 60
const KILLS = 10
const SEED = 1_509
const START_MS = Date.UTC(2025, 0, 1)
const DONE_WITHIN_MS = 40_000
/** A read model that has not changed for so long has taken in all that there is. */
const QUIET_MS = 700

function eventsOf(people: readonly GeneratedPerson[]): readonly HostEvent[] {
  const { random } = simWorld({ seed: SEED })
  return [...generatedEvents(people, { random, commitsEach: COMMITS_EACH, startMs: START_MS })]
}

/** How many check-ins stand at the end, by the events alone: those of people who are neither gone nor hidden. */
function standing(events: readonly HostEvent[]): number {
  const checkins = new Map<Did, Set<string>>()
  const hidden = new Set<Did>()
  for (const event of events) {
    if (event.kind === 'account' && event.active) hidden.delete(event.did)
    if (event.kind === 'account' && !event.active) hidden.add(event.did)
    if (event.kind !== 'commit') continue
    const own = checkins.get(event.did) ?? new Set()
    checkins.set(event.did, own)
    for (const { action, collection, rkey } of event.writes) {
      if (collection !== 'app.waypost.checkin') continue
      if (action === 'delete') own.delete(rkey)
      else own.add(rkey)
    }
  }
  return [...checkins].reduce((sum, [did, own]) => sum + (hidden.has(did) ? 0 : own.size), 0)
}

/** What everybody is called at the end, by the events alone. */
function handles(people: readonly GeneratedPerson[], events: readonly HostEvent[]): ReadonlyMap<Did, string> {
  const called = new Map(people.map(({ did, handle }) => [did, handle]))
  for (const event of events) if (event.kind === 'identity' && event.handle) called.set(event.did, event.handle)
  return called
}

/** The places in the stream at which the server is killed. */
function killPoints(events: number): ReadonlySet<number> {
  const { random } = simWorld({ seed: SEED })
  const points = new Set<number>()
  while (points.size < KILLS) points.add(Math.floor(events * (0.05 + 0.93 * random.fraction())))
  return points
}

async function newHost(people: readonly GeneratedPerson[], port: number): Promise<FakeHost> {
  const world = realWorld()
  const host = await startFakeHost({ world, port })
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  }
  return host
}

interface Wanted {
  readonly checkins: number
  readonly handles: ReadonlyMap<Did, string>
}

interface State {
  readonly checkins: number
  /** Members whose handle is not the one that they have in the end. */
  readonly misnamed: number
  /** Only where the rest is as wanted: it takes long, and the hosts are in this process. */
  readonly digest: string | undefined
}

/** Reads the read model of a running server from outside. */
function stateOf(folder: string, wanted: Wanted): State {
  using readModel = openReadModel({ folder, readOnly: true })
  const { db } = readModel
  const checkins = db.prepare<[], number>('select checkins from tally').pluck().get()!
  const members = db.prepare<[], { did: Did; handle: string | null }>('select did, handle from person where known = 1')
  const misnamed = members.all().filter(({ did, handle }) => handle !== wanted.handles.get(did)).length
  const isThere = checkins === wanted.checkins && misnamed === 0
  return { checkins, misnamed, digest: isThere ? digest(readModel).overall : undefined }
}

/**
 * Plays the events to a server that is killed at these points, and answers what `waypost digest` says in the end: a
 * hash for each projection. The position is no part of it, since repairs have entries of their own.
 */
async function ingest(
  people: readonly GeneratedPerson[],
  options: { readonly folder: string; readonly port: number; readonly killedAt: ReadonlySet<number> },
): Promise<unknown> {
  const { folder, port, killedAt } = options
  const events = eventsOf(people)
  await using host = await newHost(people, port)
  await using directory = await startDocumentDirectory()
  const called = (did: Did, handle: string): void => {
    const { key } = people.find((person) => person.did === did)!
    directory.put({ did, handle, signingKey: key.did, pds: host.url })
  }
  for (const { did, handle } of people) called(did, handle)
  const settings: Settings = {
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_HOSTS: host.url,
    WAYPOST_PLC_URL: directory.url,
    WAYPOST_SANDBOX: host.url,
    WAYPOST_LOG_LEVEL: 'warn',
  }
  let server: ServerProcess = startServerProcess(settings)
  let kills = 0
  async function* withKills(): AsyncGenerator<HostEvent, void> {
    for (const [index, event] of events.entries()) {
      if (killedAt.has(index)) {
        await server.kill()
        kills++
        server = startServerProcess(settings)
      }
      if (event.kind === 'identity' && event.handle) called(event.did, event.handle)
      yield event
    }
  }
  try {
    await host.play(withKills())
    assert.equal(kills, killedAt.size)
    await waitUntilQuiet(server, folder, { checkins: standing(events), handles: handles(people, events) })
    await waitUntilUp(server)
    await server.stop()
    return (JSON.parse(runWaypost(settings, 'digest', '--json')) as { byProjection: unknown }).byProjection
  } finally {
    await server.kill()
  }
}

/** Until the server shows so many check-ins, calls everybody right, and has changed nothing for a while. */
async function waitUntilQuiet(server: ServerProcess, folder: string, wanted: Wanted): Promise<void> {
  let last: State | undefined
  let since = performance.now()
  const isQuiet = (): boolean => {
    const state = stateOf(folder, wanted)
    if (state.digest === undefined || state.digest !== last?.digest) since = performance.now()
    last = state
    return performance.now() - since >= QUIET_MS
  }
  await waitUntil(`${wanted.checkins} check-ins are shown`, server, isQuiet, DONE_WITHIN_MS).catch((error: Error) => {
    throw new Error(`${error.message}\n${JSON.stringify(last)}`)
  })
}

test(
  'a server killed ten times at any moment ends up with exactly what an undisturbed one has',
  { timeout: 90_000 },
  async () => {
    const people = await generatePeople('kill9', PEOPLE)
    // DID documents name the host by its port, and what a server knows includes them.
    const port = await freePort()
    const root = mkdtempSync(join(tmpdir(), 'waypost-kill9-'))
    const [calm, stormy] = [join(root, 'calm'), join(root, 'stormy')]
    try {
      const undisturbed = await ingest(people, { folder: calm, port, killedAt: new Set() })
      const disturbed = await ingest(people, { folder: stormy, port, killedAt: killPoints(eventsOf(people).length) })
      assert.deepEqual(disturbed, undisturbed)
    } finally {
      rmSync(root, { recursive: true })
    }
  },
)
