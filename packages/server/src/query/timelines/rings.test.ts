import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRings } from './rings.ts'

/** A list that is kept in the plainest way. */
function plainList() {
  const entries: { sort: number; id: number }[] = []
  return {
    put(sort: number, id: number) {
      entries.push({ sort, id })
      entries.sort((a, b) => b.sort - a.sort || b.id - a.id)
    },
    take: (id: number) => void entries.splice(entries.findIndex((entry) => entry.id === id) >>> 0, 1),
    ids: () => entries.map(({ id }) => id),
  }
}

test('a ring holds the newest of its list, in order, however they come and go', () => {
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.integer({ min: -40, max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ take: fc.nat(2_000) }) },
  )
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), fc.integer({ min: 1, max: 30 }), (acts, times) => {
      const sorts = new Map<number, number>()
      const rings = createRings({ bytesMax: 5_000_000, sortOf: (id) => sorts.get(id)! })
      const ring = rings.open([], { isWhole: true })!
      const list = plainList()
      let id = 0
      let now = 2 ** 33
      for (let round = 0; round < times; round++) {
        for (const each of acts) {
          if ('put' in each) {
            now += 5
            sorts.set(++id, now + each.put)
            rings.deliver(Uint32Array.of(ring), 1, { sort: now + each.put, id })
            list.put(now + each.put, id)
          } else {
            const taken = 1 + (each.take % (id + 1))
            rings.take(ring, taken)
            list.take(taken)
          }
        }
      }
      const expected = list.ids()
      const held = rings.entries()
      assert.ok(held === expected.length || held > 900, `${held} of ${expected.length} are held`)
      assert.deepEqual(rings.page(ring, 0, held - 1) ?? [], expected.slice(0, held))
    }),
    { numRuns: 50 },
  )
})

test('rings have the room that they are given: where there is none, none is opened, and those there lose what is old', () => {
  const rings = createRings({ bytesMax: 1_048_576, sortOf: (id) => id })
  const open: number[] = []
  for (let ring = rings.open([1], { isWhole: true }); ring !== undefined;) {
    open.push(ring)
    ring = rings.open([1], { isWhole: true })
  }
  assert.equal(open.length, 2 ** 18 / 64 - 1)
  assert.ok(rings.bytes < 1_300_000)
  const all = Uint32Array.from(open)
  for (let id = 2; id <= 100; id++) rings.deliver(all, all.length, { sort: id, id })
  assert.equal(rings.entries(), open.length * 37)
  assert.deepEqual(rings.page(open[7]!, 0, 2), [100, 99, 98])
  assert.equal(rings.page(open[7]!, 0, 37), undefined, 'what went before is not known')
  for (const ring of open.slice(0, 2)) rings.close(ring)
  const again = rings.open([1], { isWhole: true })!
  for (let id = 2; id <= 100; id++) rings.deliver(Uint32Array.of(again), 1, { sort: id, id })
  assert.equal(rings.page(again, 0, 100)?.length, 100, 'what was given back is given again')
  assert.equal(rings.open([1], { isWhole: true }), undefined)
})

test('where a full ring gives up its oldest, what is older than all that is left does not come in', () => {
  const rings = createRings({ bytesMax: 1_048_576, sortOf: (id) => (id === 2_000 ? 15 : id * 10) })
  const ring = rings.open([], { isWhole: true })!
  for (let id = 1; id <= 1_008; id++) rings.deliver(Uint32Array.of(ring), 1, { sort: id * 10, id })
  assert.equal(rings.entries(), 1_008)
  rings.deliver(Uint32Array.of(ring), 1, { sort: 15, id: 2_000 })
  const left = rings.entries()
  const expected = Array.from({ length: left }, (_, nth) => 1_008 - nth)
  assert.deepEqual(rings.page(ring, 0, left - 1), expected)
  assert.equal(rings.page(ring, 0, left), undefined, 'it is not the whole list any more')
})
