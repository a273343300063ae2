import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { app } from '@waypost/lexicon'
import { readFacets } from './facets.ts'

const tag = (byteStart: number, byteEnd: number) => ({
  index: { byteStart, byteEnd },
  features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'x' }],
})
const link = (uri: string) => ({
  index: { byteStart: 0, byteEnd: 1 },
  features: [{ $type: 'app.bsky.richtext.facet#link', uri }],
})
const ranges = (text: string, facets: readonly unknown[]) =>
  readFacets(text, facets)?.map(({ index }) => [index.byteStart, index.byteEnd])

test('a facet inside the text stays, at the borders of characters only', () => {
  assert.deepEqual(ranges('äöü', [tag(0, 2), tag(2, 6)]), [
    [0, 2],
    [2, 6],
  ])
  assert.equal(ranges('äöü', [tag(1, 2)]), undefined)
  assert.equal(ranges('äöü', [tag(0, 3)]), undefined)
  assert.equal(ranges('äöü', [tag(0, 7), tag(-1, 2), tag(2, 2), tag(4, 2)]), undefined)
})

test('of two facets that overlap the first stays', () => {
  assert.deepEqual(ranges('abcdef', [tag(2, 5), tag(0, 3), tag(3, 4)]), [
    [0, 3],
    [3, 4],
  ])
})

test('a link leads to the web or is none', () => {
  assert.ok(readFacets('x', [link('https://example.com')]))
  assert.equal(readFacets('x', [link('javascript:alert(1)')]), undefined)
  assert.equal(readFacets('x', [link('data:text/html,x')]), undefined)
})

test('whatever a record holds for facets, what comes out satisfies the lexicon', () => {
  const facet = fc.record({
    index: fc.oneof(fc.record({ byteStart: fc.integer({ min: -2, max: 9 }), byteEnd: fc.nat(9) }), fc.anything()),
    features: fc.oneof(fc.constant(tag(0, 1).features), fc.array(fc.anything({ maxDepth: 1 }))),
  })
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.array(fc.oneof(facet, fc.anything())),
      (text, given) => {
        for (const read of readFacets(text, given) ?? [])
          assert.ok(app.bsky.richtext.facet.main.safeValidate(read).success)
      },
    ),
    { numRuns: 300 },
  )
})
