import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { categoryOf } from '@waypost/lexicon/category-names'
import { CATEGORY_CHOICES, categoryLook, learnNames } from './category.ts'

test('until other names are learnt, our own ids have their look and every name is at least said', () => {
  assert.equal(categoryLook('food.cafe').glyph, 'cafe')
  assert.deepEqual(categoryLook('amenity=coffee_shop'), { glyph: 'pin', family: 'place', label: 'Coffee shop' })
  learnNames(categoryOf)
  assert.equal(categoryLook('amenity=coffee_shop').glyph, 'cafe')
})

test('the most special part of an id decides', () => {
  assert.deepEqual(categoryLook('food.cafe'), { glyph: 'cafe', family: 'food', label: 'Café' })
  assert.equal(categoryLook('travel.airport').glyph, 'airport')
})

test('an unknown kind has the look of its family and its own name', () => {
  assert.deepEqual(categoryLook('food.noodle_bar_on_wheels'), {
    glyph: 'restaurant',
    family: 'food',
    label: 'Noodle bar on wheels',
  })
})

test('categories of other networks are understood', () => {
  assert.equal(categoryLook('amenity=cafe').glyph, 'cafe')
  assert.equal(categoryLook('railway=station').glyph, 'station')
  assert.equal(categoryLook('Arts and Entertainment > Museum').glyph, 'museum')
  assert.equal(categoryLook('Coffee Shop').glyph, 'cafe')
  assert.equal(categoryLook('leisure=yes').label, 'Place')
})

test('no category is a plain place', () => {
  assert.deepEqual(categoryLook(undefined), { glyph: 'pin', family: 'place', label: 'Place' })
})

test('any string at all has a look with a label', () => {
  fc.assert(fc.property(fc.string(), (category) => assert.notEqual(categoryLook(category).label, '')))
})

test('each category one can choose has an icon of its own kind', () => {
  for (const id of CATEGORY_CHOICES) assert.notEqual(categoryLook(id).glyph, 'pin', id)
  assert.equal(new Set(CATEGORY_CHOICES.map((id) => categoryLook(id).label)).size, CATEGORY_CHOICES.length)
})
