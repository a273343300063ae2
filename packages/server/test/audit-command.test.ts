import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openNatsEngine } from '@waypost/engine'
import { realWorld } from '@waypost/kernel'
import { flipBit, streamFolderOf } from '../../engine/test/kit/damage.ts'
import { startNatsServers, type NatsServers } from '../../engine/test/kit/nats-servers.ts'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { newFolder, start } from './kit/town.ts'

const program = findNatsServer()
const world = realWorld()
const ENTRIES = 3_000
const BODY_BYTES = 6_000

/** One bit of the log in a server's first block; it is read again from the disk when the server starts. */
async function damage(nats: NatsServers, at: number): Promise<void> {
  await nats.kill(at, 'SIGTERM')
  flipBit(join(streamFolderOf(nats.storeOf(at), 'waypost_log'), 'msgs/1.blk'))
  await nats.start(at)
  await nats.ready()
}

test(
  'an operator is led through the repair of a damaged server, and nothing is touched where nobody can tell which copy is right',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 240_000 },
  async () => {
    await using nats = await startNatsServers(program!, { count: 3 })
    const { servers, monitors } = nats
    const env = { WAYPOST_ENGINE: servers.join(','), WAYPOST_ENGINE_MONITORS: monitors.join(',') }
    {
      await using engine = await openNatsEngine({ world, folder: await newFolder(), servers, monitors })
      await engine.log.append(
        Array.from({ length: ENTRIES }, (_, at) => ({
          key: `p${at % 100}`,
          id: `${at}`,
          body: new Uint8Array(BODY_BYTES),
        })),
      )
    }

    await damage(nats, 1)
    const named = await start(['audit'], env).ended
    assert.deepEqual([named.code, named.err], [1, ''])
    assert.match(named.out, /^n1: its copy of waypost_log is damaged; \d+ messages are missing\n$/)

    const repairing = start(['audit', '--repair'], env)
    let [toStop, toStart] = [true, true]
    repairing.child.stdout?.on('data', () => {
      if (toStop && repairing.said().includes('n1: stop this server now')) {
        toStop = false
        void nats.kill(1, 'SIGTERM')
      }
      if (toStart && repairing.said().includes('n1: start this server now')) {
        toStart = false
        void nats.start(1)
      }
    })
    const repaired = await repairing.ended
    assert.equal(repaired.code, 0, repaired.out + repaired.err)
    assert.match(repaired.out, /\nn1: waypost_log is filled\nAll copies are whole\.\n$/)

    for (const at of [0, 2]) await damage(nats, at)
    const refused = await start(['audit', '--repair'], env).ended
    assert.equal(refused.code, 1, refused.out + refused.err)
    assert.match(refused.out, /n[02]: not repaired: there are not two whole copies that are alike/)
    assert.doesNotMatch(refused.out, /now/)
  },
)
