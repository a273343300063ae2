import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

interface Interrupted {
  readonly type: 'test:interrupted'
  readonly data: { readonly tests: readonly { readonly name: string }[] }
}

/** Of a long run so many are named. */
const SLOWEST_NAMED = 8
const SLOW_MS_MIN = 2_000

/**
 * What a person wants to read of a thousand tests: what failed and why, what was left out and why, what tests print, and
 * at the end which took longest, and one line of numbers.
 */
export async function* briefReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let [passed, failed, skipped] = [0, 0, 0]
  let slowest: { readonly ms: number; readonly name: string }[] = []
  for await (const event of events) {
    // Not among the types of @types/node yet.
    const { type, data } = event as TestEvent | Interrupted
    if (type === 'test:interrupted') yield `  ENDED while these ran: ${data.tests.map(({ name }) => name).join(', ')}\n`
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message
    if (type === 'test:fail' && data.details.type !== 'suite') {
      failed++
      const { error } = data.details
      const cause = (error as { cause?: unknown }).cause ?? error
      yield `  FAILED ${data.name}\n  ${data.file ?? ''}:${data.line ?? ''}\n${indented(inspect(cause, { depth: 4 }))}\n`
    }
    if (type !== 'test:pass' || data.details.type === 'suite') continue
    const ms = data.details.duration_ms
    if (ms >= SLOW_MS_MIN) {
      slowest = [...slowest, { ms, name: data.name }].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST_NAMED)
    }
    if (data.skip === undefined && data.todo === undefined) passed++
    else {
      skipped++
      yield `  skipped: ${data.name}${typeof data.skip === 'string' && data.skip !== '' ? ` (${data.skip})` : ''}\n`
    }
  }
  for (const { ms, name } of slowest) yield `  ${(ms / 1_000).toFixed(1).padStart(6)} s  ${name}\n`
  yield `${passed} passed, ${failed} failed, ${skipped} skipped\n`
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

export { briefReporter as default }
