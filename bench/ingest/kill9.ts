import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { generatePeople } from '../../packages/load/src/index.ts'
import { drawKills, eventsOf, playWithKills, type Aftermath } from '../../packages/server/test/kit/kills.ts'
import { freePort } from '../../tools/free-port.ts'
import type { BenchOptions, Figure } from '../main.ts'

const PEOPLE = 40
/** So that the server is in the middle of the stream whenever it is killed. */
const COMMITS_PER_KILL = 240
const REST_WITHIN_MS = 120_000

/** A server that is killed (kill -9) again and again under load, beside one that nobody disturbs. */
export async function kill9({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const wanted = full ? 50 : 10
  const people = await generatePeople('kill9', PEOPLE)
  const events = eventsOf(people, { commitsEach: Math.ceil((wanted * COMMITS_PER_KILL) / PEOPLE) })
  const port = await freePort()
  const root = mkdtempSync(join(tmpdir(), 'waypost-kill9-'))
  async function play(name: string, kills: number): Promise<Aftermath> {
    const folder = join(root, name)
    const restWithinMs = REST_WITHIN_MS
    const aftermath = await playWithKills(people, events, {
      folder,
      port,
      kills: drawKills(events.length, kills),
      restWithinMs,
    })
    if (aftermath.unrest !== undefined) note(`${name}: ${aftermath.unrest}`)
    return aftermath
  }
  try {
    const calm = await play('calm', 0)
    const stormy = await play('stormy', wanted)
    const both = [calm, stormy]
    const sum = (count: (one: Aftermath) => number): number => both.reduce((total, one) => total + count(one), 0)
    // A check-in that is counted, but not there, is repeated as well.
    const lost = sum((one) => Math.max(one.lost.length, one.standing - one.counted))
    const repeated = sum((one) => Math.max(one.repeated.length, one.counted - one.standing))
    note(`${events.length} events of ${PEOPLE} people; ${stormy.kills} kills`)
    return [
      { name: 'kill9_kills', value: stormy.kills, unit: 'kills' },
      { name: 'kill9_lost', value: lost, unit: 'records', goal: '0' },
      { name: 'kill9_repeated', value: repeated, unit: 'records', goal: '0' },
      {
        name: 'kill9_digests_equal',
        value: isDeepStrictEqual(calm.digest, stormy.digest) ? 1 : 0,
        unit: '',
        goal: '1',
      },
    ]
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
