import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { createTrackedFilter } from './tracked-filter.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

function didsOf(seed: number, count: number): readonly string[] {
  const { random } = simWorld({ seed })
  const letter = (): string => LETTERS[Math.floor(random.fraction() * LETTERS.length)]!
  return Array.from({ length: count }, () => `did:plc:${Array.from({ length: 24 }, letter).join('')}`)
}

test('whoever was added is never denied, and few others are taken for them', () => {
  const filter = createTrackedFilter(0)
  const tracked = didsOf(1, 100_000)
  for (const did of tracked) filter.add(did)
  assert.ok(tracked.every((did) => filter.mayHave(did)))
  // A tenth of what there is room for: almost nobody.
  const strangers = didsOf(2, 100_000)
  const taken = strangers.filter((did) => filter.mayHave(did)).length
  assert.ok(taken < 20, `${taken} of 100,000`)
})

test('people whose DIDs differ in one letter are told apart', () => {
  const filter = createTrackedFilter(0)
  const [base] = didsOf(3, 1)
  filter.add(base!)
  const neighbours = LETTERS.split('')
    .map((letter) => base!.slice(0, -1) + letter)
    .filter((did) => did !== base)
  assert.deepEqual(
    neighbours.filter((did) => filter.mayHave(did)),
    [],
  )
})
