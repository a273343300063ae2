import assert from 'node:assert/strict'
import { test } from 'node:test'
import { en } from './en.ts'
import { enPages } from './en-pages.ts'
import { languageFor, localeFor } from './language.ts'

test('what was chosen is spoken, else what the browser wants first, else English', () => {
  assert.equal(languageFor('en', ['de-AT']), 'en')
  assert.equal(languageFor(null, ['xx', 'pt-BR', 'de']), 'pt')
  assert.equal(languageFor(null, ['xx', 'en-US', 'de']), 'en')
  assert.equal(languageFor('klingon', ['xx']), 'en')
  assert.equal(languageFor(null, []), 'en')
})

test('dates and numbers are those of the reader’s region', () => {
  assert.equal(localeFor('en', ['de-CH', 'en-US']), 'en-US')
  assert.equal(localeFor('en', ['de-CH']), 'en-GB')
})

test('one is singular, the rest plural', () => {
  assert.deepEqual(
    [en.counts.people(1), en.counts.people(0), en.counts.checkins(1_204)],
    ['1 person', '0 people', '1,204 check-ins'],
  )
})

test('ordinals know their teens', () => {
  const said = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map((count) => enPages.done.nthTime(count).split(' ')[1])
  assert.deepEqual(said, ['first', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd', '111th'])
})
