import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { splitAtUri } from '@waypost/kernel'
import { generatePeople, startDocumentDirectory, type DocumentDirectory, type GeneratedPerson } from '@waypost/load'
import { startNatsServers } from '../../engine/test/kit/nats-servers.ts'
import { startBalancer } from '../../../tools/balancer.ts'
import { freePort } from '../../../tools/free-port.ts'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { runWaypost, startServerProcess, waitUntil, type ServerProcess, type Settings } from './kill9-process.ts'
import { LiveReader, type LiveEvent } from './kit/live-reader.ts'
import { comparison, eventsOf, handles, newHost, standing, stateOf, type Wanted } from './kit/kills.ts'

const program = findNatsServer()
const PEOPLE = 8
const COMMITS_EACH = 12
/** A lease runs out after 5 s, and is looked at twice a second; the rest is for a busy machine. */
const TAKEN_OVER_WITHIN_MS = 15_000

interface Health {
  readonly ready: boolean
  readonly missing: readonly string[]
  readonly ingest?: 'active' | 'standby'
}

async function healthOf(server: ServerProcess): Promise<Health> {
  const answer = await fetch(`${server.url}/health/ready`, { signal: AbortSignal.timeout(1_000) })
  return (await answer.json()) as Health
}

const isActive = async (server: ServerProcess): Promise<boolean> => (await healthOf(server)).ingest === 'active'

function putDocuments(directory: DocumentDirectory, people: readonly GeneratedPerson[], pds: string): void {
  for (const { did, handle, key } of people) directory.put({ did, handle, signingKey: key.did, pds })
}

/**
 * Whoever changed the replica was told the same as whoever stayed: without gap or repeat. Of a check-in that is gone by
 * the time it is looked up its deletion alone is told, and of an account that left, and may be erased from the log before
 * a replica reads it, that it left.
 */
function assertSameStory(moved: readonly LiveEvent[], stayed: readonly LiveEvent[]): void {
  const named = (all: readonly LiveEvent[]): string[] =>
    all.map(({ kind, seq, subject }) => `${seq} ${kind} ${subject}`)
  assert.equal(new Set(named(moved)).size, moved.length, 'nothing twice')
  assert.deepEqual(
    moved.map(({ seq }) => seq),
    moved.map(({ seq }) => seq).toSorted((a, b) => a - b),
  )
  const all = [...moved, ...stayed]
  const gone = new Set(all.flatMap(({ kind, subject }) => (kind === 'deletion' ? [subject] : [])))
  const leftAt = new Map<string, number>()
  for (const { kind, seq, subject } of all)
    if (kind === 'account') leftAt.set(subject, Math.max(seq, leftAt.get(subject) ?? 0))
  const isLasting = ({ kind, seq, subject }: LiveEvent): boolean => {
    if (seq < (leftAt.get(splitAtUri(subject)?.did ?? subject) ?? 0)) return false
    return kind !== 'checkin' || !gone.has(subject)
  }
  assert.deepEqual(named(moved.filter(isLasting)), named(stayed.filter(isLasting)))
}

/** Ends a replica in order and starts it again while people ask; none of them may notice. */
async function restartUnderRequests(
  replica: ServerProcess,
  { other, start }: { readonly other: ServerProcess; readonly start: () => ServerProcess },
): Promise<ServerProcess> {
  await using balancer = await startBalancer({ targets: [replica.url, other.url], triesMax: 1 })
  const stop = new AbortController()
  const failures: unknown[] = []
  let answered = 0
  async function ask(path: string): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const answer = await fetch(balancer.url + path)
        await answer.arrayBuffer()
        if (answer.status === 200) answered++
        else failures.push(answer.status)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  const asking = ['getGlobal', 'getGlobal?limit=3'].map((path) => ask(`/xrpc/app.waypost.feed.${path}`))
  await waitUntil('both are asked', replica, () => balancer.ready().length === 2 && answered > 20)
  await replica.stop()
  const again = start()
  await waitUntil('it is asked again', again, () => balancer.ready().length === 2)
  const before = answered
  await waitUntil('it answers again', again, () => answered > before + 20)
  stop.abort()
  await Promise.all(asking)
  assert.deepEqual(failures, [])
  return again
}

test(
  'many processes are paused, killed and replaced one after another, and nobody notices; all are killed at once, and nothing is lost',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 240_000 },
  async () => {
    const people = await generatePeople('roles', PEOPLE)
    const events = eventsOf(people, { commitsEach: COMMITS_EACH })
    const root = mkdtempSync(join(tmpdir(), 'waypost-roles-'))
    try {
      await using nats = await startNatsServers(program!, { count: 1 })
      await using host = await newHost(people, await freePort())
      await using directory = await startDocumentDirectory()
      putDocuments(directory, people, host.url)
      const settingsOf = async (name: string, role: string): Promise<Settings> => ({
        WAYPOST_ENGINE: nats.servers.join(','),
        WAYPOST_ENGINE_MONITORS: nats.monitors.join(','),
        WAYPOST_ROLE: role,
        WAYPOST_DATA: join(root, name),
        WAYPOST_PORT: String(await freePort()),
        WAYPOST_HOSTS: host.url,
        WAYPOST_PLC_URL: directory.url,
        WAYPOST_SANDBOX: host.url,
        WAYPOST_DRAIN_SECONDS: role === 'replica' ? '2' : '0',
        WAYPOST_SNAPSHOT_MINUTES: '1',
        WAYPOST_LOG_LEVEL: 'info',
      })
      const settings = await Promise.all(
        ['ingest', 'ingest', 'replica', 'replica'].map((role, at) => settingsOf(`${role}${at}`, role)),
      )
      await using processes = new AsyncDisposableStack()
      const start = (at: number): ServerProcess => processes.use(startServerProcess(settings[at]!))
      const first = start(0)
      await waitUntil('one follows the hosts', first, () => isActive(first))
      const second = start(1)
      const replica = start(2)
      await waitUntil('another stands by', second, async () => (await healthOf(second)).ingest === 'standby')

      const play = async (part: readonly (typeof events)[number][]): Promise<void> => {
        for (const { kind, ...event } of part) {
          if (kind !== 'identity' || !('handle' in event) || event.handle === undefined) continue
          const { key } = people.find(({ did }) => did === event.did)!
          directory.put({ did: event.did, handle: event.handle, signingKey: key.did, pds: host.url })
        }
        await host.play(part)
      }
      const parts = [0, 1, 2, 3, 4, 5].map((at) =>
        events.slice(Math.floor((at * events.length) / 6), Math.floor(((at + 1) * events.length) / 6)),
      )
      const wantedThrough = (part: number): Wanted => {
        const played = parts.slice(0, part + 1).flat()
        return { standing: standing(played), handles: handles(people, played) }
      }
      await play(parts[0]!)
      process.kill(first.pid, 'SIGSTOP')
      const paused = performance.now()
      await play(parts[1]!)
      await waitUntil('the other takes over', second, () => isActive(second), TAKEN_OVER_WITHIN_MS)
      assert.ok(performance.now() - paused < TAKEN_OVER_WITHIN_MS)
      process.kill(first.pid, 'SIGCONT')
      await waitUntil('the first stands by', first, async () => !(await isActive(first)))
      const half = Math.floor(parts[2]!.length / 2)
      await play(parts[2]!.slice(0, half))
      await second.kill()
      await play(parts[2]!.slice(half))
      await waitUntil('the first takes over again', first, () => isActive(first), TAKEN_OVER_WITHIN_MS)

      const hasTaken = (): boolean => replica.output().includes('"outcome":"taken"')
      await waitUntil('the replica has kept a snapshot', replica, hasTaken)
      const [folder, folderOfOther] = [settings[2]!.WAYPOST_DATA!, settings[3]!.WAYPOST_DATA!]
      const other = start(3)
      await waitUntil('another replica is ready', other, async () => (await healthOf(other)).ready)
      assert.match(other.output(), /"outcome":"loaded"/)

      const [moved, stayed] = [new LiveReader(), new LiveReader()]
      await stayed.follow(other.url)
      await moved.follow(replica.url)
      await play(parts[3]!)
      await waitUntil('both are told', other, () => moved.events.length > 5 && stayed.events.length > 5)
      await replica.kill()
      await moved.follow(other.url)
      const revived = start(2)
      await play(parts[4]!)
      let wanted = wantedThrough(4)
      const isThere = (): boolean => stateOf(folderOfOther, wanted).digest !== undefined
      await waitUntil(`the replica shows ${wanted.standing} check-ins`, other, isThere)
      assertSameStory(moved.events, stayed.events)
      for (const reader of [moved, stayed]) reader.close()

      // The plug of everything at once, the log's own server too, in the middle of what is said.
      const talking = play(parts[5]!)
      await waitUntil('something has arrived', other, () => stateOf(folderOfOther, wanted).digest === undefined)
      await Promise.all([nats.kill(0), ...[first, revived, other].map((server) => server.kill())])
      await talking
      await nats.start(0)
      const [leader, left, right] = [start(0), start(2), start(3)]
      wanted = wantedThrough(5)
      await waitUntil(`all ${wanted.standing} check-ins are shown`, right, isThere)
      await waitUntil('both are ready', left, async () => (await healthOf(left)).ready)

      const again = await restartUnderRequests(left, { other: right, start: () => start(2) })
      for (const server of [leader, again, right]) await server.stop()
      assert.deepEqual(comparison(folder, events), { lost: [], repeated: [], counted: wanted.standing })
      const digests = settings.slice(2).map((each) => runWaypost(each, 'digest'))
      assert.equal(digests[0], digests[1])
    } finally {
      rmSync(root, { recursive: true })
    }
  },
)
