import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const STATUS: Readonly<Record<string, number>> = { valid: 0, INVALID: 1, UNKNOWN: 2 }
const guide = readFileSync('docs/workbench.md', 'utf8')
const lines = [...guide.matchAll(/^npm run workbench -- (.*?) +# (\w+)$/gm)]

describe('the guide', { concurrency: 2 }, () => {
  test('has a line for every step', () => {
    assert.ok(lines.length >= 9)
    assert.equal(lines.length, guide.match(/^npm run workbench/gm)?.length)
  })

  for (const [, args, verdict] of lines) {
    test(`says what comes of: ${args}`, async () => {
      const store = mkdtempSync(join(tmpdir(), 'workbench-guide-'))
      const [options, nodeArgs] = args!.split(' -- ')
      const words = [...options!.split(/\s+/), '--store', store, ...(nodeArgs ? ['--', ...nodeArgs.split(/\s+/)] : [])]
      const child = spawn(process.execPath, ['packages/workbench/src/main.ts', ...words], { stdio: 'ignore' })
      const [status] = (await once(child, 'close')) as [number]
      rmSync(store, { recursive: true })
      assert.equal(status, STATUS[verdict!])
    })
  }
})
