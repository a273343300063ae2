import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countryOf, languageOf } from './names.ts'

test('a language and a country have names, and what is no code of one stays as it is', () => {
  assert.deepEqual(['de', 'ja', 'nl', 'not a code', ''].map(languageOf), [
    'Deutsch',
    '日本語',
    'Dutch',
    'not a code',
    '',
  ])
  assert.deepEqual(['DE', 'jp', 'Germany', ''].map(countryOf), ['Germany', 'Japan', 'Germany', ''])
})
