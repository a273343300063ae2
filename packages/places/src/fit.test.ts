import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { askedWords, fitOf } from './fit.ts'
import { foldName, nameForms } from './fold-name.ts'

function fit(text: string, name: string, { slips = true, area = '' } = {}): number {
  return fitOf(askedWords(text), { forms: nameForms(name), area: foldName(area) }, { slips })
}

test('the whole name fits better than its beginning, that than a word inside, and that than a slip', () => {
  const order = [
    fit('central park', 'Central Park'),
    fit('central', 'Central Park'),
    fit('park', 'Central Park'),
    fit('prak', 'Central Park'),
    fit('pond', 'Central Park'),
  ]
  assert.deepEqual(
    order,
    order.toSorted((a, b) => b - a),
  )
  assert.equal(new Set(order).size, 5)
  assert.deepEqual([order[0], order[4]], [1, 0])
})

test('slips are forgiven where they are asked to be: left out, said twice, changed, swapped, and in the first letter', () => {
  for (const text of [
    'starbuks',
    'starrbucks',
    'starbocks',
    'strabucks',
    'tsarbucks',
    'xtarbucks',
    'tarbucks',
    'satrb',
  ]) {
    assert.ok(fit(text, 'Starbucks Coffee') > 0, text)
    assert.equal(fit(text, 'Starbucks Coffee', { slips: false }), 0, text)
  }
  assert.ok(fit('Cental Park', 'Central Park') > 0)
  assert.ok(fit('moma museun', 'MoMA Museum of Modern Art') > 0)
})

test('a short word, a number and a Chinese character are taken at their word', () => {
  for (const [text, name] of [
    ['bra', 'Bar'],
    ['gate 21', 'Gate 12'],
    ['room 1042', 'Room 1024'],
    ['東京駅前', '東京駅内'],
  ] as const) {
    assert.equal(fit(text, name), 0, text)
  }
})

test('letters that are written out and letters that are not find each other', () => {
  for (const [one, other] of [
    ['Århus', 'Aarhus'],
    ['Ærø', 'Aeroe'],
    ['Købmagergade', 'Koebmagergade'],
    ['Zürich', 'Zuerich'],
    ['すし', 'スシ'],
    ['ｽﾀｰﾊﾞｯｸｽ', 'スターバックス'],
    ['ＴＯＫＹＯ', 'Tokyo'],
  ] as const) {
    assert.equal(fit(one, other, { slips: false }), 1, one)
    assert.equal(fit(other, one, { slips: false }), 1, other)
  }
})

test('words of the area count, but not alone', () => {
  assert.ok(fit('cathedral helsinki', 'Cathedral', { area: 'FI Finland Helsinki' }) > 0)
  assert.equal(fit('helsinki', 'Cathedral', { area: 'FI Finland Helsinki' }), 0)
})

test('whatever a place is called, it fits its own name best, and nothing fits past 1', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      (text, name) => {
        const fitting = fit(text, name)
        assert.ok(fitting >= 0 && fitting <= 1)
        assert.ok(fitting >= fit(text, name, { slips: false }))
        const words = askedWords(name)
        if (words.length > 0 && words.length < 8) assert.equal(fit(name, name), 1)
      },
    ),
  )
})
