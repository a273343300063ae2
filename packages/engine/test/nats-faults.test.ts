import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { openNatsEngine, type Engine, type Log, type NewEntry } from '../src/index.ts'
import { startNatsServers, type NatsServers } from './kit/nats-servers.ts'

const program = findNatsServer()
const options = program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 120_000 }
const world = realWorld()
/** Longer than a client needs to notice that its server is gone. */
const AWAY_MS = 300

function entry(key: string, id: string, bytes = 20): NewEntry {
  return { key, id, source: { host: 'h', seq: 1 }, body: new Uint8Array(bytes).fill(7) }
}

/** Each call is another process in the eyes of the servers: with a folder of its own. */
async function openOne({ servers, monitors }: NatsServers): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-engine-'))
  const engine = await openNatsEngine({ world, folder, servers, monitors })
  return {
    ...engine,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function everything(log: Log): Promise<readonly string[]> {
  const found: string[] = []
  for (let after = 0; ;) {
    const entries = await log.read(after, { limit: 1_000 })
    if (entries.length === 0) return found
    found.push(...entries.map(({ position, key, id }) => `${position} ${key} ${id}`))
    after = entries.at(-1)!.position
  }
}

test('a server that would lose what it acknowledged is refused, and what to set is said', options, async () => {
  await using servers = await startNatsServers(program!, { count: 1, syncInterval: '"2m"' })
  await assert.rejects(openOne(servers), /n0 would lose acknowledged messages.*sync_interval: always/s)
  await assert.rejects(openOne({ ...servers, monitors: ['http://127.0.0.1:1'] }), /WAYPOST_ENGINE_MONITORS/)
})

test(
  'a call of any kind that the server is killed under is answered once it is back, and has had effect once',
  options,
  async () => {
    await using servers = await startNatsServers(program!, { count: 1 })
    await using engine = await openOne(servers)
    const { log, keyValue, blobs } = engine
    const large = new Uint8Array(1_200_000).fill(3)

    async function withoutServer<T>(call: () => Promise<T>): Promise<T> {
      await servers.kill(0)
      const answer = call()
      await world.timers.sleep(AWAY_MS)
      await servers.start(0)
      return answer
    }

    assert.deepEqual(await withoutServer(() => log.append([entry('a', '1'), entry('a', '2')])), [1, 2])
    assert.deepEqual(await withoutServer(() => log.append([entry('b', 'large', large.length)])), [3])
    assert.equal(await withoutServer(() => log.head()), 3)
    assert.equal((await withoutServer(() => log.read(0, { limit: 9 }))).length > 0, true)
    assert.equal((await withoutServer(() => log.last('b')))?.body.length, large.length)
    assert.deepEqual(await withoutServer(() => log.keys('', { limit: 9 })), ['a', 'b'])
    assert.deepEqual(await withoutServer(() => log.cursors()), new Map([['h', 1]]))
    await withoutServer(() => log.waitPast(2, new AbortController().signal))
    assert.equal(await withoutServer(() => log.erase('a', { through: 1 })), 1)
    const revision = await withoutServer(() => keyValue.put('k', large.subarray(0, 9)))
    assert.equal((await withoutServer(() => keyValue.get('k')))?.revision, revision)
    assert.equal((await withoutServer(() => keyValue.compareAndSet('k', large.subarray(0, 1), { revision }))).ok, true)
    assert.deepEqual(await withoutServer(() => keyValue.list('')), ['k'])
    await withoutServer(() => keyValue.delete('k'))
    await withoutServer(() => blobs.put('x', large))
    assert.deepEqual(await withoutServer(() => blobs.get('x')), large)
    assert.deepEqual(await withoutServer(() => blobs.list('')), ['x'])
    await withoutServer(() => blobs.delete('x'))
    assert.deepEqual(await everything(log), ['2 a 2', '3 b large'])
    assert.equal(await keyValue.get('k'), undefined)
    assert.equal(await blobs.get('x'), undefined)
  },
)

test('with one of three servers down, a Waypost starts, writes and reads', options, async () => {
  await using servers = await startNatsServers(program!, { count: 3 })
  await (await openOne(servers))[Symbol.asyncDispose]()
  await servers.kill(0)
  await using engine = await openOne(servers)
  const [position] = await engine.log.append([entry('a', '1')])
  assert.equal((await engine.log.read(0, { limit: 1 }))[0]?.position, position)
})

test('two writers of one key append each entry once, and agree where', options, async () => {
  await using servers = await startNatsServers(program!, { count: 1 })
  await using one = await openOne(servers)
  await using other = await openOne(servers)
  const entries = Array.from({ length: 30 }, (_, at) => entry('a', `${at}`, at === 20 ? 700_000 : 20))
  const calls = entries.flatMap((each) => [one.log.append([each]), other.log.append([each])])
  const answers = await Promise.all(calls)
  for (let at = 0; at < answers.length; at += 2) assert.deepEqual(answers[at], answers[at + 1])
  const stored = await everything(one.log)
  assert.deepEqual(await everything(other.log), stored)
  assert.equal(stored.length, entries.length)
})

test(
  'an entry is known however long ago and by whomever it was appended, and no more once another has erased it',
  options,
  async () => {
    await using servers = await startNatsServers(program!, { count: 1 })
    await using one = await openOne(servers)
    const [position] = await one.log.append([entry('a', '1', 700_000)])
    await one.log.append([entry('b', '1')])
    await using other = await openOne(servers)
    assert.deepEqual(await other.log.append([entry('a', '1')]), [position])
    assert.equal(await other.log.erase('a', { through: position! }), 1)
    assert.deepEqual(await one.log.keys('', { limit: 9 }), ['b'])
    assert.deepEqual(await one.log.append([entry('b', '1'), entry('a', '1')]), [2, 3])
    assert.deepEqual(await everything(other.log), ['2 b 1', '3 a 1'])
  },
)

test('one who waits is told of what another process appends', options, async () => {
  await using servers = await startNatsServers(program!, { count: 1 })
  await using writer = await openOne(servers)
  await using reader = await openOne(servers)
  const waiting = reader.log.waitPast(0, new AbortController().signal)
  const [position] = await writer.log.append([entry('a', '1')])
  await waiting
  assert.equal((await reader.log.read(0, { limit: 1 }))[0]?.position, position)
})

test(
  'whatever was acknowledged is there once while one server after another is killed, then all at once, and one rests',
  options,
  async (t) => {
    await using servers = await startNatsServers(program!, { count: 3 })
    await using engine = await openOne(servers)
    const { log } = engine
    const acknowledged: string[] = []
    const stop = new AbortController()

    async function appendUntilStopped(lane: number): Promise<void> {
      for (let call = 0; !stop.signal.aborted; call++) {
        const entries = [entry(`lane${lane}`, `${call}.0`), entry(`lane${lane}`, `${call}.1`)]
        for (let done = false; !done;) {
          // Its owner's way with a call that failed: the same call again.
          const positions = await log.append(entries).catch(() => undefined)
          positions?.forEach((position, at) => acknowledged.push(`${position} lane${lane} ${entries[at]!.id}`))
          done = positions !== undefined
        }
      }
    }

    const lanes = Array.from({ length: 16 }, (_, lane) => appendUntilStopped(lane))
    for (const at of [0, 1, 2]) {
      await world.timers.sleep(1_500)
      await servers.kill(at)
      await world.timers.sleep(1_500)
      await servers.start(at)
      await servers.ready()
    }
    // Everybody at once.
    await world.timers.sleep(1_000)
    await Promise.all([0, 1, 2].map((at) => servers.kill(at)))
    for (const at of [0, 1, 2]) await servers.start(at)
    await servers.ready()
    // One, which may lead, stands still and goes on where it was.
    servers.signal(0, 'SIGSTOP')
    await world.timers.sleep(3_000)
    servers.signal(0, 'SIGCONT')
    await world.timers.sleep(1_000)
    stop.abort()
    await Promise.all(lanes)
    const stored = await everything(log)
    assert.deepEqual(
      stored,
      acknowledged.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    )
    for (let lane = 0; lane < lanes.length; lane++) {
      const ids: readonly number[] = stored.flatMap((line) =>
        line.split(' ')[1] === `lane${lane}` ? Number(line.split(' ')[2]) : [],
      )
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      )
    }
    t.diagnostic(`${acknowledged.length} acknowledged, 6 kills`)
  },
)
