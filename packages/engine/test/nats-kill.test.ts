import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { openNatsEngine, type Log } from '../src/index.ts'
import { hostScript, SCRIPT_HOST } from './kit/host-script.ts'
import { startNatsServers, type NatsServers } from './kit/nats-servers.ts'

const program = findNatsServer()
const APPENDER = join(import.meta.dirname, 'nats-appender.ts')
const SEED = 7
const LENGTH = 1_500
const KILLS = 5
const LOOK_MS = 3
const world = realWorld()

test(
  'after a kill -9 between entries that were on their way at once, no cursor stands past one that is missing',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 60_000 },
  async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'waypost-nats-kill-'))
    t.after(() => rmSync(root, { recursive: true, force: true }))
    await using nats = await startNatsServers(program!, { count: 1 })
    const { servers, monitors } = nats
    // It only looks, and so knows no more than the log itself.
    await using watcher = await openNatsEngine({ world, folder: join(root, 'watcher'), servers, monitors })
    const { random } = simWorld({ seed: SEED })
    const script = hostScript({ seed: SEED, length: LENGTH })
    let again = 0
    for (let kill = 1; kill <= KILLS; kill++) {
      const goal = Math.floor((LENGTH * (kill - random.fraction())) / (KILLS + 1))
      await appendUntil(nats, join(root, 'appender'), async () => (await watcher.log.head()) >= goal)
      const cursor = (await watcher.log.cursors()).get(SCRIPT_HOST) ?? 0
      const stored = new Set((await everything(watcher.log)).map(({ id }) => id))
      assert.deepEqual(
        script.filter(({ id }, at) => at < cursor && !stored.has(id)).map(({ id }) => id),
        [],
      )
      again += stored.size - cursor
    }
    await appendUntil(nats, join(root, 'appender'))
    const stored = await everything(watcher.log)
    assert.deepEqual(byPerson(stored), byPerson(script))
    assert.deepEqual(await watcher.log.cursors(), new Map([[SCRIPT_HOST, LENGTH]]))
    t.diagnostic(`${LENGTH} entries, ${KILLS} kills, after which ${again} entries were there past the cursor`)
  },
)

/** Runs the appender until that is so and kills it, or to its end. */
async function appendUntil({ servers, monitors }: NatsServers, folder: string, isSo?: () => Promise<boolean>) {
  const args = [APPENDER, folder, servers[0]!, monitors[0]!, String(SEED), String(LENGTH)]
  const child = spawn(execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const gone = once(child, 'exit')
  while (isSo && !(await isSo())) await world.timers.sleep(LOOK_MS)
  if (isSo) child.kill('SIGKILL')
  const [code] = await gone
  assert.equal(code, isSo ? null : 0)
}

async function everything(log: Log): Promise<readonly { readonly key: string; readonly id: string }[]> {
  const found: { readonly key: string; readonly id: string }[] = []
  for (let after = 0; ;) {
    const entries = await log.read(after, { limit: 1_000 })
    if (entries.length === 0) return found
    found.push(...entries)
    after = entries.at(-1)!.position
  }
}

/** The ids of each person, in order. */
function byPerson(entries: readonly { readonly key: string; readonly id: string }[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(entries, ({ key }) => key)
  return new Map([...groups].map(([key, own]) => [key, own.map(({ id }) => id).join(' ')]))
}
