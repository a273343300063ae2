import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  accountFrame,
  createSignedRepo,
  FAULTS,
  generatePeople,
  MESSAGE_VILLAINIES,
  startDocumentDirectory,
  startFakeHost,
  type DocumentDirectory,
  type FakeHost,
  type HostEvent,
  type Resident,
  type RepoWrite,
} from '@waypost/load'
import type { RefusalReason } from '#verify/refusal.ts'
import { REFUSED_AS, SAID_AS } from './hostile-faults.ts'
import { freePort } from '../../../tools/free-port.ts'
import { startServerProcess, waitUntil, type ServerProcess, type Settings } from './kill9-process.ts'

const HONEST = 10
const START_MICROS = Date.UTC(2025, 0, 1) * 1_000
/** Beyond what the server takes off a socket at all. */
const HUGE_BYTES = 33 * 1_024 * 1_024

let clock = START_MICROS

/** A check-in, or what somebody passes off as one. */
function checkin(fields: object = {}, rkey = tidFrom((clock += 1_000_000), 0)): RepoWrite {
  const record = {
    $type: 'app.waypost.checkin',
    createdAt: new Date(clock / 1_000).toISOString(),
    place: { name: 'Corner' },
    ...fields,
  }
  return { action: 'create', collection: 'app.waypost.checkin', rkey, record }
}

function commit(did: Did, more: Partial<HostEvent & { kind: 'commit' }> = {}): HostEvent {
  return { kind: 'commit', did, writes: [checkin()], at: clock, ...more }
}

/** What a villain does, and which reason it is refused for. Each begins and ends with a check-in that is good. */
interface Villainy {
  readonly name: string
  readonly reason: RefusalReason
  /** How many check-ins of this villain are good: those that everybody should see. */
  readonly good: number
  readonly events: (did: Did) => readonly HostEvent[]
}

const VILLAINIES: readonly Villainy[] = [
  ...FAULTS.map((fault) => ({
    name: fault,
    reason: REFUSED_AS[fault],
    good: 1,
    events: (did: Did) => [commit(did, { fault })],
  })),
  {
    name: 'a message that no socket takes',
    reason: 'frame-too-large',
    good: 0,
    events: () => [{ kind: 'raw', frame: () => new Uint8Array(HUGE_BYTES) }],
  },
  { name: 'a commit sent twice', reason: 'rev-repeated', good: 1, events: (did) => [commit(did, { sent: 'twice' })] },
  {
    name: 'a commit kept back',
    reason: 'chain-broken',
    good: 2,
    events: (did) => [commit(did, { sent: 'never' }), commit(did)],
  },
  {
    name: 'a record that breaks its lexicon',
    reason: 'record-invalid',
    good: 0,
    events: (did) => [commit(did, { writes: [checkin({ place: 'Corner' })] })],
  },
  {
    name: 'a record under a key that is no time',
    reason: 'record-key-invalid',
    good: 0,
    events: (did) => [commit(did, { writes: [checkin({}, 'whenever')] })],
  },
  {
    name: 'a record with a float',
    reason: 'cbor-malformed',
    good: 0,
    events: (did) => [commit(did, { writes: [checkin({ warmth: 0.5 })] })],
  },
  {
    name: 'a record nested past all sense',
    reason: 'cbor-too-deep',
    good: 0,
    events: (did) => [commit(did, { writes: [checkin({ deep: nested(1_000) })] })],
  },
  {
    name: 'the end of an account that its own PDS still has',
    reason: 'host-not-authoritative',
    good: 0,
    events: (did) => [
      { kind: 'raw', frame: (stamp) => accountFrame(stamp, { did, active: false, status: 'deleted' }) },
    ],
  },
]

function nested(levels: number): unknown {
  let value: unknown = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

/** Counters of refusals by reason. */
async function refusals(server: ServerProcess): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const found = text.matchAll(/^waypost_refusals_total\{reason="([^"]+)"\} (\d+)$/gm)
  return new Map([...found].map(([, reason, count]) => [reason!, Number(count)]))
}

async function shown(server: ServerProcess): Promise<number> {
  const response = await fetch(`${server.url}/xrpc/app.waypost.server.getInfo`)
  return ((await response.json()) as { checkinCount: number }).checkinCount
}

async function waitUntilShown(server: ServerProcess, expected: number): Promise<void> {
  let count = 0
  const isSo = async (): Promise<boolean> => (count = await shown(server)) === expected
  await waitUntil(`${expected} check-ins are shown`, server, isSo).catch((error: Error) => {
    throw new Error(`${error.message}\nshown: ${count}`)
  })
}

async function waitUntilRefused(server: ServerProcess, reason: RefusalReason): Promise<void> {
  const isSo = async (): Promise<boolean> => (await refusals(server)).has(reason)
  await waitUntil(`something is refused for ${reason}`, server, isSo)
}

/** A Waypost of its own, which follows these hosts; the first is where handles are asked. */
async function withServer(
  hosts: readonly FakeHost[],
  directory: DocumentDirectory,
  act: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-hostile-'))
  const settings: Settings = {
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_HOSTS: hosts.map(({ url }) => url).join(','),
    WAYPOST_PLC_URL: directory.url,
    WAYPOST_SANDBOX: hosts[0]!.url,
    WAYPOST_LOG_LEVEL: 'info',
  }
  await using server = startServerProcess(settings)
  try {
    await act(server)
    await server.stop()
  } finally {
    await server.kill()
    rmSync(folder, { recursive: true })
  }
}

describe('hostile hosts', { concurrency: 2 }, () => {
  test('whatever a host does, it is refused for that, and everybody else is heard', { timeout: 90_000 }, async () => {
    const world = realWorld()
    const people = await generatePeople('hostile', HONEST + VILLAINIES.length + 2)
    await using host = await startFakeHost({ world })
    await using directory = await startDocumentDirectory()
    for (const { did, handle, key } of people) {
      host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
      directory.put({ did, handle, signingKey: key.did, pds: host.url })
    }
    const [nobody, gone] = [people.at(-1)!.did, people.at(-2)!.did]
    directory.remove(nobody)
    const honest = people.slice(0, HONEST).map(({ did }) => did)
    const events: HostEvent[] = [commit(nobody), commit(gone)]
    for (const [index, { events: deeds }] of VILLAINIES.entries()) {
      const { did } = people[HONEST + index]!
      events.push(commit(did), commit(honest[index % HONEST]!), ...deeds(did), commit(did))
    }
    for (const did of honest) events.push(commit(did))
    const expected = VILLAINIES.length * 3 + HONEST + VILLAINIES.reduce((sum, { good }) => sum + good, 0)

    await withServer([host], directory, async (server) => {
      await host.play(events)
      await waitUntilShown(server, expected + 1)
      await host.emit({ kind: 'account', did: gone, active: false, status: 'deactivated' })
      await waitUntilShown(server, expected)
      await host.emit(commit(gone))
      await waitUntilRefused(server, 'account-inactive')
      await host.emit({ kind: 'account', did: gone, active: true })
      await waitUntilShown(server, expected + 2)
      const counted = await refusals(server)
      for (const { reason } of VILLAINIES) assert.ok(counted.has(reason), `${reason} is counted`)
      // A person whom no directory knows.
      assert.ok(counted.has('identity-unresolved'))
    })
  })

  test(
    'whatever a host says, and in which order, each check-in that was made is shown once',
    { timeout: 90_000 },
    async () => {
      const world = realWorld()
      await using host = await startFakeHost({ world })
      await using elsewhere = await startFakeHost({ world })
      await using directory = await startDocumentDirectory()
      const settle = async (name: string, at: FakeHost): Promise<readonly Resident[]> => {
        const people = await generatePeople(name, MESSAGE_VILLAINIES.length)
        return people.map(({ did, handle, key }) => {
          const repo = createSignedRepo({ did, key, clock: world.clock })
          at.addAccount({ did, handle, repo })
          directory.put({ did, handle, signingKey: key.did, pds: at.url })
          return { did, repo }
        })
      }
      const villains = await settle('villain', host)
      const strangers = await settle('stranger', elsewhere)
      const checkInAll = async (): Promise<void> => {
        for (const { did } of villains) await host.emit(commit(did))
        for (const { did } of strangers) await elsewhere.emit(commit(did))
      }
      await withServer([host, elsewhere], directory, async (server) => {
        const made = (): number => [...villains, ...strangers].reduce((sum, { repo }) => sum + repo.recordCount, 0)
        await checkInAll()
        await waitUntilShown(server, made())
        for (const [index, { act }] of MESSAGE_VILLAINIES.entries()) {
          await act({ host, own: villains[index]!, elsewhere, foreign: strangers[index]!, write: () => checkin() })
        }
        await checkInAll()
        await waitUntilShown(server, made())
        const counted = await refusals(server)
        for (const { refused = [] } of Object.values(SAID_AS)) {
          for (const [reason, times] of refused) assert.ok((counted.get(reason) ?? 0) >= times, `${reason} is counted`)
        }
      })
    },
  )
})
