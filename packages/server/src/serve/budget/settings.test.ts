import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GIB, ROUND_PRICES } from './cost.ts'
import { NO_LIMITS, readBudget } from './settings.ts'

const faultsOf = (given: unknown) => {
  const read = readBudget(typeof given === 'string' ? given : JSON.stringify(given))
  return read.ok ? [] : read.error
}

test('without any settings nothing is limited', () => {
  assert.deepEqual(readBudget(''), { ok: true, value: NO_LIMITS })
  assert.deepEqual(readBudget('{}'), { ok: true, value: NO_LIMITS })
})

test('limits are for a day, a month or in all, in the unit that their name says', () => {
  const read = readBudget(
    JSON.stringify({
      limits: { egressGib: { day: 2, month: 50 }, logGib: { total: 0.5 }, images: { day: 100 }, money: { month: 40 } },
      warnAt: 0.5,
      hardAt: 2,
    }),
  )
  assert.ok(read.ok)
  assert.deepEqual(read.value, {
    limits: [
      { resource: 'egress', per: 'day', of: 2 * GIB },
      { resource: 'egress', per: 'month', of: 50 * GIB },
      { resource: 'log', per: 'total', of: GIB / 2 },
      { resource: 'images', per: 'day', of: 100 },
      { resource: 'money', per: 'month', of: 40 },
    ],
    warnAt: 0.5,
    hardAt: 2,
    prices: ROUND_PRICES,
  })
})

test('prices are an operator’s own, and what is left out costs nothing', () => {
  const read = readBudget(JSON.stringify({ prices: { name: 'Our rack', currency: 'EUR', egressGib: 0.01 } }))
  assert.ok(read.ok)
  const { name, currency, cpuCoreHour, egressGib } = read.value.prices
  assert.deepEqual([name, currency, cpuCoreHour, egressGib], ['Our rack', 'EUR', 0, 0.01])
})

test('it may stand in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-budget-'))
  try {
    const file = join(folder, 'budget.json')
    writeFileSync(file, '{ "limits": { "fetches": { "day": 9 } } }')
    const read = readBudget(file)
    assert.deepEqual(read.ok && read.value.limits, [{ resource: 'fetches', per: 'day', of: 9 }])
    writeFileSync(file, '{ limits')
    assert.match(faultsOf(file).join(), /^is not JSON: /)
    assert.match(faultsOf(join(folder, 'absent')).join(), /is neither JSON nor a file that can be read/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('each fault is told with its place', () => {
  assert.deepEqual(faultsOf({ limit: {} }), ['limit: is unknown here; there are limits, warnAt, hardAt, prices'])
  assert.deepEqual(faultsOf({ limits: { egress: { day: 1 } } }), [
    'limits.egress: is unknown here; there are egressGib, diskGib, logGib, images, fetches, money',
  ])
  assert.deepEqual(faultsOf({ limits: { egressGib: 5 } }), ['limits.egressGib: is not an object with day, month'])
  assert.deepEqual(faultsOf({ limits: { egressGib: { total: 5 } } }), [
    'limits.egressGib.total: is unknown here; there are day, month',
  ])
  for (const amount of [0, -1, '5', null])
    assert.deepEqual(faultsOf({ limits: { images: { day: amount } } }), [
      `limits.images.day: ${JSON.stringify(amount)} is not a number above 0`,
    ])
  assert.deepEqual(faultsOf({ warnAt: 0, hardAt: 1 }), [
    'warnAt: 0 is not a share above 0 and up to 1',
    'hardAt: 1 is not a share above 1 and up to 10',
  ])
  assert.deepEqual(faultsOf({ prices: { currency: 'euro', cpuCoreHour: -1 } }), [
    'prices.name: whose prices these are, in up to 100 characters',
    'prices.currency: three capital letters, such as EUR',
    'prices.cpuCoreHour: -1 is not a price',
  ])
  assert.deepEqual(faultsOf('{"limits": []}'), [
    'limits: is not an object with egressGib, diskGib, logGib, images, fetches, money',
  ])
})
