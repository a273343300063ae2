import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { areAlike } from './alike.ts'

test('names are alike but for diacritics, slips, common words and what one of them adds', () => {
  for (const [one, other] of [
    ['Café Mitte', 'cafe mitte'],
    ['Mitte Cafe', 'Mitte'],
    ['Strabucks', 'Starbucks'],
    ['Brooklin Bridge', 'Brooklyn Bridge'],
    ['The Ritz', 'Ritz Hotel'],
    ['らーめん太郎', 'らーめん太郎'],
    ['Joe’s Pizza', 'Joes Pizza on Broadway'],
  ] as const) {
    assert(areAlike(one, other) && areAlike(other, one), `${one}, ${other}`)
  }
})

test('names of different places are not', () => {
  for (const [one, other] of [
    ['Central Park', 'Central Station'],
    ['Café', 'Bar'],
    ['The Bar', 'The Pub'],
    ['Gate 1', 'Gate 2'],
    ['Anna', 'Otto'],
    ['🍕', '🍔'],
  ] as const) {
    assert(!areAlike(one, other) && !areAlike(other, one), `${one}, ${other}`)
  }
})

test('whatever two names are, it is the same both ways, and a name is alike to itself', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      assert.equal(areAlike(one, other), areAlike(other, one))
      assert(areAlike(one, one))
    }),
  )
})
