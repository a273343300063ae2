import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generatePeople } from '@waypost/load'
import { startNatsServers } from '../../engine/test/kit/nats-servers.ts'
import { freePort } from '../../../tools/free-port.ts'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { runWaypost } from './kill9-process.ts'
import { drawKills, eventsOf, playWithKills } from './kit/kills.ts'

const program = findNatsServer()
const PEOPLE = 12
const COMMITS_EACH = 25
const KILLS = 3
/** A document that was asked for anew three times within a minute is left alone for one. */
const REST_WITHIN_MS = 75_000

test(
  'on NATS, a server that is killed now and then ends up as an undisturbed one on a disk',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 240_000 },
  async () => {
    const people = await generatePeople('nats', PEOPLE)
    const events = eventsOf(people, { commitsEach: COMMITS_EACH })
    const port = await freePort()
    const root = mkdtempSync(join(tmpdir(), 'waypost-on-nats-'))
    await using nats = await startNatsServers(program!, { count: 3 })
    const common = { port, restWithinMs: REST_WITHIN_MS }
    try {
      const settings = {
        WAYPOST_ENGINE: nats.servers.join(','),
        WAYPOST_ENGINE_MONITORS: nats.monitors.join(','),
      }
      const calm = await playWithKills(people, events, { ...common, folder: join(root, 'calm'), kills: [] })
      assert.deepEqual([calm.unrest, calm.lost, calm.repeated], [undefined, [], []])
      const kills = drawKills(events.length, KILLS)
      const onNats = await playWithKills(people, events, { ...common, folder: join(root, 'nats'), kills, settings })
      assert.deepEqual(onNats, { ...calm, kills: KILLS })
      assert.equal(runWaypost(settings, 'audit'), 'All copies are whole.\n')
    } finally {
      rmSync(root, { recursive: true })
    }
  },
)
