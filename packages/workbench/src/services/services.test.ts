import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@waypost/kernel/sim'
import type { Service } from './key-value.ts'
import { linKv } from './lin-kv.ts'
import { linTso } from './lin-tso.ts'
import { lwwKv } from './lww-kv.ts'
import { seqKv } from './seq-kv.ts'

const write = (service: Service, key: unknown, value: unknown, sender = 'n0') =>
  service({ type: 'write', key, value }, sender)
const read = (service: Service, key: unknown, sender = 'n0') => service({ type: 'read', key }, sender)
const cas = (service: Service, key: unknown, from: unknown, to: unknown, more: object = {}) =>
  service({ type: 'cas', key, from, to, ...more }, 'n0')

test('lin-kv answers with the newest value, and compares keys and values by what they say', () => {
  const service = linKv()
  assert.equal(read(service, 1)?.['code'], 20)
  assert.equal(cas(service, 1, 0, 1)?.['code'], 20)
  assert.deepEqual(cas(service, 1, 0, [1], { create_if_not_exists: true }), { type: 'cas_ok' })
  assert.equal(cas(service, 1, [2], 3)?.['code'], 22)
  assert.deepEqual(cas(service, 1, [1], null), { type: 'cas_ok' })
  assert.deepEqual(read(service, 1), { type: 'read_ok', value: null })
  write(service, { a: 1, b: 2 }, 'object')
  assert.deepEqual(read(service, { b: 2, a: 1 }), { type: 'read_ok', value: 'object' })
  assert.equal(read(service, '1')?.['code'], 20)
  assert.equal(service({ type: 'dance' }, 'n0'), undefined)
})

test('seq-kv may answer with an old value, never with an older one than its reader saw, and loses no update', () => {
  const service = seqKv(seededRandom(4))
  for (let value = 0; value <= 100; value++) write(service, 'x', value)
  const seen = Array.from({ length: 200 }, () => read(service, 'x', 'n1')?.['value'] as number)
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.ok(seen[0]! >= 69 && seen[0]! < 100, `${seen[0]} is one of the last 32`)
  assert.equal(seen.at(-1), 100)
  assert.equal(read(service, 'x', 'n0')?.['value'], 100)
  write(service, 'y', 'new', 'n1')
  assert.equal(read(service, 'y', 'n1')?.['value'], 'new')
})

test('lww-kv forgets one of two writes that did not know of each other, and agrees in the end', () => {
  const lost = Array.from({ length: 20 }, (_, seed) => {
    const service = lwwKv(seededRandom(seed))
    write(service, 'x', 0)
    for (let merges = 0; merges < 20; merges++) read(service, 'x')
    cas(service, 'x', 0, 1)
    return cas(service, 'x', 0, 2)?.type === 'cas_ok'
  })
  assert.ok(lost.includes(true), 'two cas from one value both succeed now and then')
  const service = lwwKv(seededRandom(1))
  write(service, 'x', 5)
  const seen = Array.from({ length: 50 }, () => read(service, 'x')?.['value'])
  assert.equal(seen.at(-1), 5)
})

test('lin-tso counts', () => {
  const service = linTso()
  assert.deepEqual(
    [0, 1, 2].map(() => service({ type: 'ts' }, 'n0')?.['ts']),
    [0, 1, 2],
  )
})
