import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generatePeople } from '@waypost/load'
import { freePort } from '../../../tools/free-port.ts'
import { drawKills, eventsOf, playWithKills } from './kit/kills.ts'

const PEOPLE = 40
const COMMITS_EACH = 60
const KILLS = 10
/** A document that was asked for anew three times within a minute is left alone for one. */
const REST_WITHIN_MS = 75_000

test(
  'a server killed ten times at any moment ends up with exactly what an undisturbed one has',
  { timeout: 240_000 },
  async () => {
    const people = await generatePeople('kill9', PEOPLE)
    const events = eventsOf(people, { commitsEach: COMMITS_EACH })
    const port = await freePort()
    const root = mkdtempSync(join(tmpdir(), 'waypost-kill9-'))
    const play = (name: string, kills: number) =>
      playWithKills(people, events, {
        folder: join(root, name),
        port,
        kills: drawKills(events.length, kills),
        restWithinMs: REST_WITHIN_MS,
      })
    try {
      const undisturbed = await play('calm', 0)
      assert.equal(undisturbed.unrest, undefined)
      assert.deepEqual([undisturbed.lost, undisturbed.repeated], [[], []])
      assert.deepEqual(await play('stormy', KILLS), { ...undisturbed, kills: KILLS })
    } finally {
      rmSync(root, { recursive: true })
    }
  },
)
