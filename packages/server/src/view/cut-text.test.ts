import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutText } from './cut-text.ts'

test('a text is cut at a grapheme, by bytes or by graphemes, whichever comes first', () => {
  assert.equal(cutText('short', { bytes: 640, graphemes: 64 }), 'short')
  assert.equal(cutText('x'.repeat(70), { bytes: 640, graphemes: 64 }), 'x'.repeat(64))
  assert.equal(cutText('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', { bytes: 30, graphemes: 64 }), '👩‍👩‍👧‍👦')
  assert.equal(cutText('é'.repeat(64), { bytes: 640, graphemes: 64 }), 'é'.repeat(64))
})
