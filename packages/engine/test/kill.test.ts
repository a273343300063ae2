import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { openEmbeddedEngine, type Log } from '../src/index.ts'

const APPENDER = join(import.meta.dirname, 'appender.ts')
const ROUNDS = 5

test('whatever was acknowledged is in the log after a kill -9, in its place, and the folder opens again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-kill-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const acknowledged: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await appendUntilKilled(folder, { round, lines: 300 + 200 * round })))
    await using reader = await openEmbeddedEngine({ folder, world: simWorld(), readOnly: true })
    assertHolds(await everyLine(reader.log), acknowledged)
  }
  await using engine = await openEmbeddedEngine({ folder, world: simWorld() })
  const stored = await everyLine(engine.log)
  assertHolds(stored, acknowledged)
  assert.equal(await engine.log.head(), stored.length)
  t.diagnostic(`${acknowledged.length} acknowledged, ${stored.length} stored, ${ROUNDS} kills`)
})

function assertHolds(stored: readonly string[], acknowledged: readonly string[]): void {
  const all = new Set(stored)
  assert.equal(all.size, stored.length)
  assert.deepEqual(
    acknowledged.filter((line) => !all.has(line)),
    [],
  )
}

async function appendUntilKilled(
  folder: string,
  { round, lines }: { round: number; lines: number },
): Promise<readonly string[]> {
  const child = spawn(execPath, [APPENDER, folder, `run${round}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let newlines = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    newlines += chunk.split('\n').length - 1
    if (newlines >= lines) child.kill('SIGKILL')
  })
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  // The last line may be cut off; it was written whole or not at all only where it ends.
  return text.split('\n').slice(0, -1)
}

async function everyLine(log: Log): Promise<readonly string[]> {
  const lines: string[] = []
  for (let after = 0; ;) {
    const entries = await log.read(after, { limit: 1_000 })
    if (entries.length === 0) return lines
    lines.push(...entries.map(({ position, key, id }) => `${position} ${key} ${id}`))
    after = entries.at(-1)!.position
  }
}
