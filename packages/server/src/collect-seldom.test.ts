import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const MODULE = new URL('./collect-seldom.ts', import.meta.url).href

/** Holds ever more outside of a heap that stays as it is, and says how many times all of it was collected. */
const HOLD_MORE = `
  import { constants, PerformanceObserver } from 'node:perf_hooks'
  let collections = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections++
  }).observe({ entryTypes: ['gc'] })
  const heap = Array.from({ length: 1_000_000 }, (_, i) => ({ i }))
  const held = []
  for (let megabyte = 0; megabyte < 600; megabyte++) {
    held.push(Buffer.alloc(1 << 20))
    await new Promise((resolve) => setImmediate(resolve))
  }
  setTimeout(() => console.log(collections, heap.length + held.length), 100)
`

test('what is held outside of the heap has it collected less often', async () => {
  const usual = await collections('')
  const seldom = await collections(`import { collectSeldom } from '${MODULE}'; collectSeldom(2 ** 33);`)
  assert.ok(seldom < usual, `${seldom} collections, and ${usual} without`)
  const onLittle = await collections(`import { collectSeldom } from '${MODULE}'; collectSeldom(2 ** 30);`)
  assert.ok(seldom < onLittle, `${seldom} collections, and ${onLittle} on little memory`)
})

async function collections(first: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', first + HOLD_MORE])
  return Number.parseInt(stdout, 10)
}
