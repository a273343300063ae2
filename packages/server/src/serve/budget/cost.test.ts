import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { costOf, GIB, perMillion, perThousand, ROUND_PRICES, type Use } from './cost.ts'

const HOUR = 3_600
const PRICES = {
  name: 'a provider',
  currency: 'EUR',
  cpuCoreHour: 2,
  memoryGibHour: 3,
  diskGibMonth: 5,
  egressGib: 7,
  thousandFetches: 11,
}
const NO_USE: Use = { cpuSeconds: 0, memoryByteSeconds: 0, diskByteSeconds: 0, egressBytes: 0, fetches: 0 }

test('one of each unit costs its price', () => {
  const use: Use = {
    cpuSeconds: HOUR,
    memoryByteSeconds: GIB * HOUR,
    diskByteSeconds: GIB * HOUR * 730,
    egressBytes: GIB,
    fetches: 1_000,
  }
  assert.deepEqual(costOf(use, PRICES), { cpu: 2, memory: 3, disk: 5, egress: 7, fetches: 11, total: 28 })
  assert.equal(costOf(NO_USE, PRICES).total, 0)
})

test('the cost of two uses is that of both together, and twice the price is twice the cost', () => {
  const use = fc.record({
    cpuSeconds: fc.nat(1e9),
    memoryByteSeconds: fc.nat(1e9),
    diskByteSeconds: fc.nat(1e9),
    egressBytes: fc.nat(1e9),
    fetches: fc.nat(1e9),
  })
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, a, b), `${a} and ${b}`)
  fc.assert(
    fc.property(use, use, (a, b) => {
      const names = Object.keys(NO_USE) as (keyof Use)[]
      const both = Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as Use
      near(costOf(both, PRICES).total, costOf(a, PRICES).total + costOf(b, PRICES).total)
      const dear = { ...ROUND_PRICES, egressGib: ROUND_PRICES.egressGib * 2 }
      near(costOf(a, dear).egress, 2 * costOf(a, ROUND_PRICES).egress)
    }),
  )
})

test('what is shared by nobody has no share', () => {
  assert.equal(perMillion(3, 2_000_000), 1.5)
  assert.equal(perThousand(3, 500), 6)
  assert.deepEqual([perMillion(3, 0), perThousand(3, 0)], [undefined, undefined])
})
