import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moved } from './moved.ts'

const order = (id: string, by: number) =>
  moved([{ id: 'a' }, { id: 'b' }, { id: 'c' }], id, by)
    .map((item) => item.id)
    .join('')

test('an item moves by one, and not past either end', () => {
  assert.deepEqual(
    [order('b', -1), order('b', 1), order('a', -1), order('c', 1), order('x', 1)],
    ['bac', 'acb', 'abc', 'abc', 'abc'],
  )
})
