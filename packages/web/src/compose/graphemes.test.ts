import assert from 'node:assert/strict'
import { test } from 'node:test'
import { graphemes } from './graphemes.ts'

test('people count characters, not code units', () => {
  assert.deepEqual(
    ['', 'abc', 'a\nb', 'e\u0301', '\u{1f1f5}\u{1f1f9}', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', 'नमस्ते', '\r\n'].map(
      graphemes,
    ),
    [0, 3, 3, 1, 1, 1, 3, 1],
  )
})
