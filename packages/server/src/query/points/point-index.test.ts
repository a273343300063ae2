import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { distanceMetres } from '#project/coordinates.ts'
import { createBuilder } from './build-elsewhere.ts'
import { createPointIndex } from './point-index.ts'

const degrees = (max: number) =>
  fc.oneof(
    fc.integer({ min: -max * 1_000, max: max * 1_000 }).map((thousandths) => thousandths / 1_000),
    // At the edges of the map, where others go wrong.
    fc.constantFrom(-max, max, max - 0.001, 0.001 - max, 0),
  )
const spot = fc.record({ lat: degrees(90), lon: degrees(180) })
const act = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('put' as const), fc.nat(3_000), spot) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('remove' as const), fc.nat(3_000), spot) },
)

test('the nearest are those of a search through everything, whatever came, went and moved, poles and date line too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1_000, maxLength: 3_000, size: 'max' }),
      spot,
      fc.integer({ min: 1, max: 60 }),
      fc.option(fc.integer({ min: 1_000, max: 20_000_000 }), { nil: undefined }),
      async (acts, at, count, metresMax) => {
        const points = new Map<number, { lat: number; lon: number }>()
        const index = createPointIndex({ many: 700 })
        for (const [what, id, where] of acts) {
          if (what === 'put') points.set(id, where)
          else points.delete(id)
          if (what === 'put') index.put(id, where.lat, where.lon)
          else index.remove(id)
        }
        const expected = [...points.values()]
          .map((point) => distanceMetres(at, point))
          .filter((metres) => metresMax === undefined || metres <= metresMax)
          .sort((a, b) => a - b)
          .slice(0, count)
        for (const moment of ['while trees are built', 'when they are']) {
          const found = index.nearest(at, { count, ...(metresMax !== undefined && { metresMax }) })
          assert.equal(found.length, expected.length, moment)
          assert.equal(new Set(found.map(({ id }) => id)).size, found.length)
          for (const [nth, { id, metres }] of found.entries()) {
            assert(Math.abs(metres - distanceMetres(at, points.get(id)!)) < 0.5)
            assert(Math.abs(metres - expected[nth]!) < 0.5, `${metres} is not ${expected[nth]}`)
          }
          await index.settled()
        }
        assert.equal(index.size, points.size)
      },
    ),
    { numRuns: 20 },
  )
})

test('a tree that another thread builds is found in like one of our own, and holds what came meanwhile', async () => {
  const own = createPointIndex({ many: 700 })
  const index = createPointIndex({ many: 700, build: createBuilder() })
  for (let id = 0; id < 4_000; id++) {
    for (const each of [own, index]) each.put(id % 3_000, ((id * 7) % 178) - 89, ((id * 11) % 358) - 179)
  }
  const ask = (each: typeof index) => each.nearest({ lat: 12, lon: 34 }, { count: 50 }).map(({ metres }) => metres)
  assert.deepEqual(ask(index), ask(own))
  await own.settled()
  await index.settled()
  assert.deepEqual(ask(index), ask(own))
})

test('a point costs no more than forty bytes', () => {
  const index = createPointIndex()
  for (let id = 0; id < 100_000; id++) index.put(id, (id % 180) - 90 + id / 1e6, (id % 360) - 180)
  assert(index.bytes / index.size < 42, `${index.bytes / index.size}`)
})
