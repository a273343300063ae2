import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@waypost/kernel/sim'
import { CALIBRATION, calibratedDataset } from './calibrated.ts'

const made = (seed: number) => calibratedDataset({ people: 4_000, checkins: 70_000, random: seededRandom(seed) })

function quantilesOf(values: Iterable<number>): readonly number[] {
  const sorted = [...values].toSorted((a, b) => a - b)
  return [0.5, 0.9, 0.99].map((share) => sorted[Math.floor(share * sorted.length)]!)
}

function counted(numbers: Iterable<number | string>): Iterable<number> {
  const counts = new Map<number | string, number>()
  for (const each of numbers) counts.set(each, (counts.get(each) ?? 0) + 1)
  return counts.values()
}

test('a made-up dataset has the proportions of the calibration', () => {
  const { people, visits, friends } = made(1)
  assert.equal(visits.length, 70_000)
  assert.ok(visits.every(({ at }, nth) => at >= (visits[nth - 1]?.at ?? 0)))
  const found = {
    checkinsPerPerson: quantilesOf(counted(visits.map(({ person }) => person))),
    checkinsPerPlace: quantilesOf(counted(visits.map(({ venue }) => venue.name))),
    friendsPerPerson: quantilesOf(counted(friends.flat())),
  }
  for (const name of ['checkinsPerPerson', 'checkinsPerPlace', 'friendsPerPerson'] as const) {
    for (const [at, value] of found[name].entries()) {
      const wanted = CALIBRATION[name][at + 1]!
      assert.ok(value >= wanted / 2 && value <= wanted * 2, `${name}: ${found[name].join(', ')}`)
    }
  }
  assert.equal(
    people.reduce((sum, each) => sum + each.visits, 0),
    visits.length,
  )
})

test('it follows from the dice', () => {
  assert.deepEqual(made(2), made(2))
  assert.notDeepEqual(made(2).visits, made(3).visits)
})
