import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { localDay } from './local-day.ts'
import { changesOf, isPossible, mayorAt, WINDOW_DAYS, type Stay } from './mayor-rule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const compare = (a: number, b: number): number => a - b
const stay = (person: number, sort: number, zone = 0): Stay => ({ person, sort, zone, lon: null })

/** The rule as `docs/game.md` says it, without any thought of time. */
function naiveMayor(stays: readonly Stay[], today: number): { person: number; days: number } | undefined {
  const scores = [...new Set(stays.map(({ person }) => person))].flatMap((person) => {
    const counted: Stay[] = []
    let last = -Infinity
    for (const each of stays.filter((one) => one.person === person)) {
      if (each.sort - last >= HOUR) counted.push(each)
      last = each.sort
    }
    const firsts = new Map<number, number>()
    let newest = -Infinity
    for (const each of counted) {
      const day = localDay(each)
      if (day <= newest) continue
      newest = day
      firsts.set(day, each.sort)
    }
    const days = [...firsts.keys()].filter((day) => day > today - WINDOW_DAYS)
    return days.length === 0 ? [] : [{ person, days: days.length, at: firsts.get(days.at(-1)!)! }]
  })
  const [best] = scores.sort((a, b) => b.days - a.days || a.at - b.at || a.person - b.person)
  return best && { person: best.person, days: best.days }
}

const stays = fc
  .array(
    fc.record({
      person: fc.integer({ min: 1, max: 4 }),
      sort: fc.integer({ min: 0, max: 150 * 24 }).map((hours) => hours * HOUR),
      zone: fc.constantFrom(0, 540, -480),
      lon: fc.constant(null),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.sort((a, b) => a.sort - b.sort || a.person - b.person))

test('the mayor is who the rule says, at every visit and at every day after', () => {
  fc.assert(
    fc.property(stays, fc.nat(100), (all, later) => {
      const end = all.length === 0 ? 0 : localDay(all.at(-1)!) + 1
      assert.deepEqual(mayorAt(all, end + later, compare), naiveMayor(all, end + later))
      const changes = changesOf(all, { from: 0, mayor: undefined, compare })
      const moments = [...new Set(all.map(({ sort }) => sort))]
      let newest = -Infinity
      for (const moment of moments) {
        const until = all.filter(({ sort }) => sort <= moment)
        newest = Math.max(newest, ...until.map(localDay))
        const reigning = changes.findLast(({ since }) => since <= moment)?.person
        assert.equal(reigning, naiveMayor(until, newest)?.person, `at ${moment / HOUR} h`)
      }
    }),
  )
})

test('what happened before a moment need not be looked at again further back than the window', () => {
  fc.assert(
    fc.property(stays, fc.integer({ min: 0, max: 150 }), (all, day) => {
      const from = day * DAY
      const whole = changesOf(all, { from: 0, mayor: undefined, compare })
      const recent = all.filter(({ sort }) => sort >= from - (WINDOW_DAYS + 2) * DAY)
      const mayor = whole.findLast(({ since }) => since < from)?.person
      assert.deepEqual(
        changesOf(recent, { from, mayor, compare }),
        whole.filter(({ since }) => since >= from),
      )
    }),
  )
})

test('… nor from which visit on somebody is counted who is there at all times', () => {
  const always = Array.from({ length: 70 * 36 }, (_, nth) => stay(1, nth * (DAY / 36)))
  const daily = Array.from({ length: 70 }, (_, day) => stay(2, day * DAY + HOUR / 3))
  const all = [...always, ...daily].sort((a, b) => a.sort - b.sort || a.person - b.person)
  const today = localDay(all.at(-1)!)
  for (let nth = 0; nth < 5; nth++) {
    const recent = all.filter(({ sort }) => sort >= (70 - WINDOW_DAYS - 2) * DAY + nth * (DAY / 36))
    assert.deepEqual(mayorAt(recent, today, compare), mayorAt(all, today, compare))
  }
})

test('of two with as many days the one who had them first is mayor', () => {
  const all = [stay(1, 0), stay(2, DAY), stay(2, 2 * DAY), stay(1, 3 * DAY)]
  assert.deepEqual(changesOf(all, { from: 0, mayor: undefined, compare }), [
    { person: 1, since: 0 },
    { person: 2, since: 2 * DAY },
  ])
})

test('the same place within an hour counts once, also across midnight', () => {
  const all = [stay(1, 23.6 * HOUR), stay(1, 24.4 * HOUR)]
  assert.deepEqual(mayorAt(all, 1, compare), { person: 1, days: 1 })
  assert.deepEqual(mayorAt([stay(1, 23.4 * HOUR), stay(1, 24.4 * HOUR)], 1, compare), { person: 1, days: 2 })
  assert.deepEqual(mayorAt([...all, stay(1, 25.2 * HOUR)], 1, compare), { person: 1, days: 1 })
})

test('a day counts for sixty days, and who has none left is no mayor', () => {
  assert.deepEqual(mayorAt([stay(1, 0)], 59, compare), { person: 1, days: 1 })
  assert.equal(mayorAt([stay(1, 0)], 60, compare), undefined)
})

test('nobody flies faster than a thousand kilometres an hour', () => {
  const berlin = { sort: 0, lat: 52.52, lon: 13.4 }
  const paris = (hours: number) => ({ sort: hours * HOUR, lat: 48.86, lon: 2.35 })
  assert(!isPossible(berlin, paris(0.8)))
  assert(isPossible(berlin, paris(1)))
  assert(isPossible(paris(1), berlin))
  assert(isPossible(berlin, { sort: 0, lat: 52.525, lon: 13.4 }), 'next door needs no travel')
})
