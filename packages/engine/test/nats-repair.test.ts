import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { connect } from '@nats-io/transport-node'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { auditCopies, openNatsEngine, repairCopies, type Damage, type RepairStep } from '../src/index.ts'
import { flipBit, streamFolderOf } from './kit/damage.ts'
import { startNatsServers } from './kit/nats-servers.ts'

const program = findNatsServer()
const world = realWorld()
const LOG = 'waypost_log'
const ENTRIES = 3_000
const BODY_BYTES = 6_000
const VICTIM = 1
const never = new AbortController().signal

test('where there are not two whole copies nothing is done', async () => {
  const damages: readonly Damage[] = [{ server: 'n1', stream: LOG, missing: 1, whole: ['n0'] }]
  const options = { world, servers: [], monitors: [], damages, signal: never, tell: () => assert.fail('a step') }
  assert.deepEqual(await repairCopies(options), { ok: false, error: 'not-two-whole' })
})

test(
  'a damaged copy is let go of while its server is stopped, filled from the others once it is started, and then led by as well',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 180_000 },
  async (t) => {
    await using nats = await startNatsServers(program!, { count: 3 })
    const { servers, monitors } = nats
    const root = mkdtempSync(join(tmpdir(), 'waypost-engine-'))
    t.after(() => rmSync(root, { recursive: true, force: true }))
    await using engine = await openNatsEngine({ world, folder: join(root, 'one'), servers, monitors })
    await using client = await connect({ servers: servers.map((url) => new URL(url).host) })
    const info = async (): Promise<StreamState> => {
      for (;;) {
        // A stream without a leader for a moment answers nothing.
        const answer = await client.request(`$JS.API.STREAM.INFO.${LOG}`).catch(() => undefined)
        if (answer) return answer.json()
      }
    }
    const entry = (at: number) => ({ key: `p${at % 100}`, id: `${at}`, body: new Uint8Array(BODY_BYTES) })
    await engine.log.append(Array.from({ length: ENTRIES }, (_, at) => entry(at)))

    // A server that runs answers from its memory: what is on its disk shows once it has read that again.
    flipBit(join(streamFolderOf(nats.storeOf(VICTIM), LOG), 'msgs/1.blk'))
    await nats.kill(VICTIM, 'SIGTERM')
    await nats.start(VICTIM)
    await nats.ready()
    const damages = await auditCopies({ world, servers })
    assert.deepEqual(
      damages.map(({ server, stream, whole }) => [server, stream, whole.toSorted()]),
      [['n1', LOG, ['n0', 'n2']]],
    )
    const led = async (by: number): Promise<void> => {
      const order = JSON.stringify({ placement: { preferred: `n${by}` } })
      await client.request(`$JS.API.STREAM.LEADER.STEPDOWN.${LOG}`, order)
      for (let tries = 200; (await info()).cluster.leader !== `n${by}`; tries--) {
        assert.ok(tries > 0, `n${by} leads`)
        await world.timers.sleep(50)
      }
    }
    await led(VICTIM)

    const broken = new AbortController()
    const common = { world, servers, monitors, damages }
    const given = await repairCopies({
      ...common,
      signal: broken.signal,
      tell: ({ kind }) => kind === 'stop' && broken.abort(),
    })
    assert.deepEqual(given, { ok: false, error: 'given-up' })
    assert.equal((await info()).config.num_replicas, 3)
    assert.notEqual((await info()).cluster.leader, 'n1', 'whoever is damaged leads no more')

    const steps: RepairStep[] = []
    let acting: Promise<unknown> = Promise.resolve()
    const repaired = await repairCopies({
      ...common,
      signal: never,
      tell(step) {
        steps.push(step)
        if (step.kind === 'stop') acting = nats.kill(VICTIM, 'SIGTERM')
        // What is written while there are two copies is in all three afterwards.
        if (step.kind === 'start') acting = engine.log.append([entry(ENTRIES)]).then(() => nats.start(VICTIM))
      },
    })
    await acting
    assert.deepEqual(repaired, { ok: true, value: undefined })
    assert.deepEqual(
      [...new Set(steps.map(({ kind }) => kind))],
      ['stop', 'let-go', 'start', 'filling', 'filled'],
      JSON.stringify(steps),
    )
    assert.deepEqual(await auditCopies({ world, servers }), [])

    await led(VICTIM)
    await using other = await openNatsEngine({ world, folder: join(root, 'two'), servers, monitors })
    const ids = new Set<string>()
    for (let after = 0; ;) {
      const entries = await other.log.read(after, { limit: 500 })
      if (entries.length === 0) break
      for (const { id } of entries) ids.add(id)
      after = entries.at(-1)!.position
    }
    assert.equal(ids.size, ENTRIES + 1)
    assert.equal((await info()).config.num_replicas, 3)
  },
)

interface StreamState {
  readonly cluster: { readonly leader: string }
  readonly config: { readonly num_replicas: number }
}
