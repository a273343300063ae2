import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CheckinView } from '../views.ts'
import { blocksOf } from './blocks.ts'

function feed(ids: readonly string[]): readonly CheckinView[] {
  return ids.map((id) => ({ uri: `at://did:plc:ana/app.waypost.checkin/${id}` }) as CheckinView)
}

const IDS = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 13 }), { maxLength: 200 })

test('blocks hold every item once, in order, and have keys of their own', () => {
  fc.assert(
    fc.property(IDS, (ids) => {
      const items = feed(ids)
      const blocks = blocksOf(items)
      assert.deepEqual(
        blocks.flatMap((block) => block.items),
        items,
      )
      assert.equal(new Set(blocks.map(({ key }) => key)).size, blocks.length)
      assert.ok(blocks.every((block) => block.items.length > 0))
    }),
  )
})

test('what comes before or after leaves every other item in its block', () => {
  fc.assert(
    fc.property(IDS, fc.nat(200), fc.nat(200), (ids, from, length) => {
      const keyOf = (items: readonly CheckinView[]) =>
        new Map(blocksOf(items).flatMap(({ key, items: own }) => own.map(({ uri }) => [uri, key] as const)))
      const items = feed(ids)
      const all = keyOf(items)
      for (const [uri, key] of keyOf(items.slice(from, from + length))) {
        if (key !== 'top') assert.equal(all.get(uri), key)
      }
    }),
  )
})

test('a thousand items make tens of blocks', () => {
  const { length } = blocksOf(feed(Array.from({ length: 1_000 }, (_, index) => `3m${index}`)))
  assert.ok(length > 40 && length < 200, `${length}`)
})
