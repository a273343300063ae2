import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { auditCopies, openNatsEngine } from '../src/index.ts'
import { flipBit, streamFolderOf } from './kit/damage.ts'
import { startNatsServers } from './kit/nats-servers.ts'

const program = findNatsServer()
const world = realWorld()
const ENTRIES = 3_000
const BODY_BYTES = 6_000
const CURED_MS_MAX = 30_000

test(
  'a server whose copy has holes after one flipped bit is named, and whole again once its copy was thrown away',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 120_000 },
  async (t) => {
    await using nats = await startNatsServers(program!, { count: 3 })
    const { servers, monitors } = nats
    const folder = mkdtempSync(join(tmpdir(), 'waypost-engine-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    await using engine = await openNatsEngine({ world, folder, servers, monitors })
    // Two blocks' worth: the newest one heals by itself.
    await engine.log.append(
      Array.from({ length: ENTRIES }, (_, at) => ({
        key: `p${at % 100}`,
        id: `${at}`,
        body: new Uint8Array(BODY_BYTES),
      })),
    )
    assert.deepEqual(await auditCopies({ world, servers }), [])

    const victim = 1
    await nats.kill(victim, 'SIGTERM')
    const stream = streamFolderOf(nats.storeOf(victim), 'waypost_log')
    flipBit(join(stream, 'msgs/1.blk'))
    await nats.start(victim)
    await nats.ready()
    const damages = await auditCopies({ world, servers })
    assert.deepEqual(
      damages.map(({ server, stream: of }) => [server, of]),
      [['n1', 'waypost_log']],
    )
    t.diagnostic(`one flipped bit: ${damages[0]!.missing} of ${ENTRIES} entries are missing in that copy`)

    await nats.kill(victim)
    rmSync(stream, { recursive: true })
    await nats.start(victim)
    await nats.ready()
    const until = performance.now() + CURED_MS_MAX
    const isWhole = async (): Promise<boolean> => (await auditCopies({ world, servers })).length === 0
    while (!(await isWhole())) assert.ok(performance.now() < until, 'the copy is filled again')
    assert.equal(await engine.log.head(), ENTRIES)
  },
)
