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
import {
  freePort,
  runWaypost,
  startServerProcess,
  waitUntil,
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
  return [
    ...generatedEvents(people, {
      random: simWorld({ seed: SEED }).random,
      commitsEach: COMMITS_EACH,
      startMs: START_MS,
    }),
  ]
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

/** The places in the stream at which the server is killed. */
function killPoints(events: number): ReadonlySet<number> {
  const { random } = simWorld({ seed: SEED })
  const points = new Set<number>()
  while (points.size < KILLS) points.add(Math.floor(events * (0.05 + 0.93 * random.fraction())))
  return points
}

async function newHost(people: readonly GeneratedPerson[]): Promise<FakeHost> {
  const world = realWorld()
  const host = await startFakeHost({ world })
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  }
  return host
}

/** Reads the read model of a running server from outside. */
function stateOf(folder: string): { checkins: number; overall: string } {
  using readModel = openReadModel({ folder, readOnly: true })
  const { checkins } = readModel.db.prepare<[], { checkins: number }>('select checkins from tally').get()!
  return { checkins, overall: digest(readModel).overall }
}

/** Plays the events to a server that is killed at these points, and answers what `waypost digest` says in the end. */
async function ingest(people: readonly GeneratedPerson[], killedAt: ReadonlySet<number>): Promise<string> {
  const events = eventsOf(people)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-kill9-'))
  await using host = await newHost(people)
  await using directory = await startDocumentDirectory()
  for (const { did, handle, key } of people) directory.put({ did, handle, signingKey: key.did, pds: host.url })
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
      yield event
    }
  }
  try {
    await host.play(withKills())
    assert.equal(kills, killedAt.size)
    await waitUntilQuiet(server, folder, standing(events))
    await server.stop()
    return runWaypost(settings, 'digest')
  } finally {
    await server.kill()
    rmSync(folder, { recursive: true })
  }
}

async function waitUntilQuiet(server: ServerProcess, folder: string, checkins: number): Promise<void> {
  let last = ''
  let since = performance.now()
  let seen = -1
  const isQuiet = (): boolean => {
    const state = stateOf(folder)
    seen = state.checkins
    if (state.overall !== last) since = performance.now()
    last = state.overall
    return state.checkins === checkins && performance.now() - since >= QUIET_MS
  }
  await waitUntil(`${checkins} check-ins are shown`, server, isQuiet, DONE_WITHIN_MS).catch((error: Error) => {
    throw new Error(`${error.message}\nshown: ${seen}`)
  })
}

test(
  'a server killed ten times at any moment ends up with exactly what an undisturbed one has',
  { timeout: 90_000 },
  async () => {
    const people = await generatePeople('kill9', PEOPLE)
    const undisturbed = await ingest(people, new Set())
    const disturbed = await ingest(people, killPoints(eventsOf(people).length))
    assert.equal(disturbed, undisturbed)
  },
)
