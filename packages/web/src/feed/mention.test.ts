import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findFacets } from './find-facets.ts'
import { typingAt, withMention } from './mention.ts'

test('a name after an @ at the beginning of a word is a mention in the making, an address is none', () => {
  assert.deepEqual(typingAt('with @an', 8), { start: 5, name: 'an' })
  assert.deepEqual(typingAt('@京', 2), { start: 0, name: '京' })
  assert.deepEqual(typingAt('(@ana.test rest', 10), { start: 1, name: 'ana.test' })
  for (const [text, caret] of [
    ['ana@example', 11],
    ['@', 1],
    ['@ana and', 8],
    ['with @an', 4],
  ] as const) {
    assert.equal(typingAt(text, caret), undefined, text)
  }
})

test('who is taken stands in the text by their handle, and the caret after it', () => {
  const text = 'with @an today'
  assert.deepEqual(withMention(text, typingAt(text, 8)!, 'ana.test'), { text: 'with @ana.test today', caret: 15 })
})

test('only those who were taken are mentioned, wherever their handle stands whole', () => {
  const mentions = { 'ana.test': 'did:plc:ana' }
  const text = 'Ø @ana.test, @ben.test and @ana.test.de with x@ana.test'
  assert.deepEqual(findFacets(text, mentions), [
    {
      index: { byteStart: 3, byteEnd: 12 },
      features: [{ $type: 'app.bsky.richtext.facet#mention', did: 'did:plc:ana' }],
    },
  ])
})
