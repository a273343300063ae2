import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Did } from '@waypost/kernel'
import type { RepoPage } from '#wire/repo-list.ts'
import { createListGuard, createMet, openWalk, PAGES_UNDER_WAY_MAX, type SavedWalk } from './backfill-walk.ts'

const NEW: SavedWalk = { entries: 0, settled: [] }

function didOf(number: number): Did {
  return `did:web:person${number}.example`
}

/** A list of so many people, in pages of `size`; where each begins is its cursor. */
function pageAt(cursor: string | undefined, { count, size }: { count: number; size: number }): RepoPage {
  const from = Number(cursor ?? 0)
  const until = Math.min(from + size, count)
  const repos = Array.from({ length: until - from }, (_, nth) => ({
    did: didOf(from + nth),
    rev: undefined,
    active: true,
  }))
  return { repos, invalidCount: 0, cursor: until < count ? String(until) : undefined }
}

test('wherever a walk is cut off, the next one hands out whoever was not settled, and nobody else', () => {
  const story = fc.record({
    list: fc.record({ count: fc.integer({ min: 0, max: 60 }), size: fc.integer({ min: 1, max: 12 }) }),
    // What is done next: true reads a page where one may, a number settles one of those who are under way.
    lives: fc.array(fc.array(fc.oneof(fc.constant(true as const), fc.nat()), { maxLength: 60 }), { maxLength: 6 }),
  })
  fc.assert(
    fc.property(story, ({ list, lives }) => {
      const settled = new Set<Did>()
      let saved = NEW
      const live = (steps: Iterable<true | number>): void => {
        const walk = openWalk('list', saved, createMet())
        const underWay: Did[] = []
        for (const step of steps) {
          if (step === true) {
            if (walk.isRead || walk.pagesUnderWay >= PAGES_UNDER_WAY_MAX) continue
            const news = walk.take(pageAt(walk.cursor, list))
            assert.ok(news.ok)
            for (const { did } of news.value.people) {
              assert.ok(!settled.has(did), `${did} was settled before`)
              underWay.push(did)
            }
          } else if (underWay.length > 0) {
            const [did] = underWay.splice(step % underWay.length, 1)
            settled.add(did!)
            walk.settle(did!)
          }
          assert.equal(walk.settledCount, settled.size)
        }
        saved = walk.saved()
        assert.equal(saved.entries + saved.settled.length, settled.size)
      }
      for (const steps of lives) live(steps)
      live(Array.from({ length: 200 }, (_, nth) => nth % 2 === 0 || 0))
      assert.equal(settled.size, list.count)
    }),
  )
})

test('people who are no longer in the list are not carried along for ever', () => {
  const saved: SavedWalk = { entries: 0, settled: [didOf(900), didOf(901)] }
  const walk = openWalk('list', saved, createMet())
  for (let page = 0; page < PAGES_UNDER_WAY_MAX; page++) walk.take(pageAt(walk.cursor, { count: 100, size: 10 }))
  assert.deepEqual(walk.saved(), { entries: 0, settled: [] })
})

test('a circle of any length is noticed before it was gone round three times, and no straight list is one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 50 }), (lead, length) => {
      const guard = createListGuard(undefined)
      const at = (step: number): string => String(step < lead ? step : lead + ((step - lead) % length))
      let step = 0
      while (guard.follow(at(step), { hasNews: true }) === undefined) step++
      assert.ok(step <= 3 * (lead + length), String(step))
    }),
  )
  const guard = createListGuard('begin')
  for (let step = 0; step < 10_000; step++) {
    assert.equal(guard.follow(`at ${step}`, { hasNews: step % 100 !== 0 }), undefined)
  }
})

test('a list that never ends is given up', () => {
  const guard = createListGuard(undefined)
  let step = 0
  while (guard.follow(`at ${step}`, { hasNews: true }) === undefined) step++
  assert.equal(step, 199_999)
  assert.equal(guard.follow('more', { hasNews: true }), 'the list does not end')
})
