import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countPeople } from './people.ts'

const did = (number: number) => `did:plc:${number.toString(32).padStart(24, 'a')}`

test('few people are counted to one in twenty, many to one in ten, whoever comes again not', () => {
  for (const [many, error] of [
    [1, 0],
    [10, 0.05],
    [300, 0.05],
    [5_000, 0.1],
    [200_000, 0.1],
  ] as const) {
    const people = countPeople()
    for (let round = 0; round < 2; round++) for (let number = 0; number < many; number++) people.add(did(number))
    assert.ok(Math.abs(people.count() - many) <= Math.ceil(many * error), `${people.count()} of ${many}`)
  }
  assert.equal(countPeople().count(), 0)
})

test('what was kept goes on, and what is no such thing is nobody', () => {
  const people = countPeople()
  for (let number = 0; number < 100; number++) people.add(did(number))
  const later = countPeople(people.bytes())
  for (let number = 50; number < 150; number++) later.add(did(number))
  assert.ok(Math.abs(later.count() - 150) <= 8, `${later.count()}`)
  assert.equal(countPeople(Uint8Array.of(1, 2)).count(), 0)
})
