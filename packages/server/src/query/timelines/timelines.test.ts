import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  account,
  blocked,
  checkedIn,
  deleted,
  didOf,
  followed,
  givenEvents,
  removed,
  snapshot,
  STORY_START_MS,
  tell,
  type Step,
} from '#project/given.ts'
import { prepareFeeds } from '#query/feed.ts'
import { prepareTimelines, type TimelineLimits } from './timelines.ts'

const WHO = ['ana', 'ben', 'cid', 'dea', 'eve']
const who = fc.constantFrom(...WHO)
const name = fc.constantFrom('one', 'two', 'three', 'four', 'five', 'six')

// Of now, of some minutes ago, of the same moment as others, and of long ago, which is no news.
const at = fc.oneof(
  fc.constant({}),
  fc.integer({ min: -600, max: 60 }).map((minutes) => ({
    createdAt: new Date(STORY_START_MS + minutes * 60_000).toISOString(),
  })),
  fc.constant({ visitedAt: '2019-05-01T12:00:00Z' }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(who, name, at).map(([author, which, when]) => checkedIn(author, which, when)) },
  { weight: 2, arbitrary: fc.tuple(who, name).map(([author, which]) => deleted(author, which)) },
  { weight: 2, arbitrary: fc.tuple(who, who).map(([author, whom]) => followed(author, whom)) },
  fc.tuple(who, who).map(([author, whom]) => removed(author, 'app.bsky.graph.follow', `follow ${whom}`)),
  { weight: 2, arbitrary: fc.tuple(who, who).map(([author, whom]) => blocked(author, whom)) },
  fc.tuple(who, who).map(([author, whom]) => removed(author, 'app.bsky.graph.block', `block ${whom}`)),
  fc
    .tuple(who, fc.constantFrom('active', 'deactivated', 'takendown', 'deleted'))
    .map(([a, status]) => account(a, status)),
  who.map((author) => snapshot(author)),
)

/** Asks both ways, page by page, while what is left of the story happens in between. */
function compare(
  steps: readonly Step[],
  options: { readonly batch: number; readonly limit: number; readonly limits?: Partial<TimelineLimits> },
): void {
  const { batch, limit, limits } = options
  using model = givenEvents([])
  const { db } = model.readModel
  const { timeline: plain } = prepareFeeds(db)
  const { timeline, follow } = prepareTimelines(db, plain, limits)
  const personOf = db.prepare<[string], number>('select id from person where did = ?').pluck()
  const cursors = new Map<string, string | undefined>()
  const events = tell(steps)
  for (let told = 0; told < events.length; told += batch) {
    model.and(events.slice(told, told + batch))
    follow(model.last)
    for (const reader of WHO) {
      const person = personOf.get(didOf(reader))
      if (person === undefined) continue
      for (const cursor of new Set([undefined, cursors.get(reader)])) {
        const page = timeline(person, { limit, cursor })
        assert.deepEqual(page, plain(person, { limit, cursor }), reader)
        if (page.ok) cursors.set(reader, page.value.cursor)
      }
    }
  }
}

const sizes = { batch: fc.integer({ min: 1, max: 5 }), limit: fc.integer({ min: 1, max: 4 }) }

test('in memory or from the tables: a timeline is the same, whatever happens between its pages', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.record(sizes), (steps, options) => compare(steps, options)),
    { numRuns: 60 },
  )
})

test('… also where a ring is read from the tables in part, and where nobody has room for long', () => {
  const limits = fc.constantFrom<Partial<TimelineLimits>>(
    { entriesFirst: 5 },
    { entriesFirst: 5, audienceBytesMax: 2_000 },
    { authorsMax: 2 },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.record({ ...sizes, limits }), (steps, options) =>
      compare(steps, options),
    ),
    { numRuns: 60 },
  )
})

test('more than a ring holds is read from the tables', () => {
  const many = Array.from({ length: 1_300 }, (_, nth) =>
    checkedIn(nth % 9 === 0 ? 'ana' : WHO[nth % 5]!, `visit ${nth}`, {
      createdAt: new Date(STORY_START_MS + (nth - (nth % 13 === 0 ? 9 : 0)) * 60_000).toISOString(),
    }),
  )
  compare([...WHO.map((whom) => followed('ana', whom)), ...many], { batch: 50, limit: 100 })
})

test('where a block is made, neither has what the other checks in, whoever made it; lifted, both have it again', () => {
  using model = givenEvents([])
  const { db } = model.readModel
  const { timeline, follow } = prepareTimelines(db, prepareFeeds(db).timeline)
  const personOf = db.prepare<[string], number>('select id from person where did = ?').pluck()
  const countOf = (reader: string): number => {
    const page = timeline(personOf.get(didOf(reader))!, { limit: 50 })
    assert.ok(page.ok)
    return page.value.ids.length
  }
  const story = tell([
    followed('ana', 'ben'),
    followed('ben', 'ana'),
    checkedIn('ana', 'one'),
    checkedIn('ben', 'two'),
    blocked('ben', 'ana'),
    checkedIn('ben', 'three'),
    checkedIn('ana', 'four'),
    removed('ben', 'app.bsky.graph.block', 'block ana'),
  ])
  const counts = story.map((event) => {
    follow(model.and([event]).last)
    return ['ana', 'ben'].map((reader) => (personOf.get(didOf(reader)) === undefined ? 0 : countOf(reader)))
  })
  assert.deepEqual(counts.slice(2), [
    [1, 1],
    [2, 2],
    [1, 1],
    [1, 2],
    [2, 2],
    [4, 4],
  ])
})
