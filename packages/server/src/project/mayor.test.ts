import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { account, cafe, checkedIn, didOf, given, givenEvents, stayed, STORY_START_MS, tell, unstayed } from './given.ts'
import type { ReadModel } from './read-model.ts'
import { mayorProjection } from './mayor.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Noon, so many days before the story is told. */
const day = (before: number): number => STORY_START_MS - before * DAY - 12 * HOUR
const paris = {
  name: 'Le Zinc',
  refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '7' }],
  geo: { latitude: '48.86', longitude: '2.35' },
}

function reigns({ db }: ReadModel): unknown[] {
  return db
    .prepare<[], unknown[]>(
      `select substr(did, 9, 3), (since - ${STORY_START_MS - 12 * HOUR}) / ${DAY}, until is null from mayorship
       join person on person.id = person join place on place.id = place where place.key = 'osm:node/240109189'
       order by since`,
    )
    .raw()
    .all()
}

/** Of the café and in Paris. */
function mayors({ db }: ReadModel): unknown[] {
  return db
    .prepare(
      `select substr(did, 9, 3) from mayorship join person on person.id = person
       join place on place.id = place where until is null order by place.key`,
    )
    .pluck()
    .all()
}

test('a crown is won by the first visit, lost to whoever comes on more days, and comes back when they go', () => {
  using story = given(stayed('ana', cafe, day(10)))
  story.project(reigns).shows([['ana', -10, 1]])
  using overtaken = given(stayed('ana', cafe, day(10)), stayed('ben', cafe, day(9)), stayed('ben', cafe, day(8)))
  overtaken.project(reigns).shows([
    ['ana', -10, 0],
    ['ben', -8, 1],
  ])
  using deleted = given(
    stayed('ana', cafe, day(10)),
    stayed('ben', cafe, day(9)),
    stayed('ben', cafe, day(8)),
    unstayed('ben', day(8)),
  )
  deleted.project(reigns).shows([['ana', -10, 1]])
  using away = given(
    stayed('ana', cafe, day(10)),
    stayed('ben', cafe, day(9)),
    stayed('ben', cafe, day(8)),
    account('ben', 'deactivated'),
  )
  away.project(reigns).shows([['ana', -10, 1]])
})

test('who stays away loses it by the next visit after sixty days', () => {
  using story = given(stayed('ana', cafe, day(90)), stayed('ana', cafe, day(80)), stayed('ben', cafe, day(10)))
  story.project(reigns).shows([
    ['ana', -90, 0],
    ['ben', -10, 1],
  ])
})

test('whoever was in two places at once was in neither, and is believed again when one is taken back', () => {
  const both = [stayed('ana', cafe, day(5)), stayed('ana', paris, day(5) + HOUR / 2), stayed('ben', cafe, day(4))]
  using story = given(...both)
  story.project(reigns).shows([['ben', -4, 1]])
  using believed = given(...both, unstayed('ana', day(5) + HOUR / 2))
  believed.project(reigns).shows([['ana', -5, 1]])
})

test('what is told of the past, or by a key of another time, wins no crown', () => {
  const then = new Date(day(3)).toISOString()
  using story = given(
    checkedIn('ana', 'imported', { visitedAt: new Date(day(30)).toISOString() }),
    checkedIn('ana', 'backdated', { createdAt: then }),
    stayed('ben', cafe, day(2)),
  )
  story.project(reigns).shows([['ben', -2, 1]])
})

test('however the visits come, in one batch or in many, the same reigns follow, and a rebuild finds them too', () => {
  const who = fc.constantFrom('ana', 'ben', 'cid')
  // Of two visits on one day, half an hour apart, in two cities, neither is believed.
  const days = fc.oneof(fc.nat(8), fc.nat(100))
  const moment = fc.tuple(days, fc.nat(3)).map(([before, halves]) => day(before) + (halves * HOUR) / 2)
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(who, moment, fc.boolean())
        .map(([one, at, here]) => ({ at, step: stayed(one, here ? cafe : paris, at) })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(who, moment).map(([one, at]) => ({ at, step: unstayed(one, at) })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(who, moment, fc.constantFrom('active', 'deactivated'))
        .map(([one, at, status]) => ({ at, step: account(one, status) })),
    },
  )
  const told = fc.record({
    steps: fc.array(step, { maxLength: 40, size: 'max' }),
    inOrder: fc.boolean(),
    batch: fc.integer({ min: 1, max: 6 }),
  })
  fc.assert(
    fc.property(told, ({ steps, inOrder, batch }) => {
      const ordered = inOrder ? steps.toSorted((a, b) => a.at - b.at) : steps
      const events = tell(ordered.map((one) => one.step))
      using atOnce = givenEvents(events)
      using byAndBy = givenEvents([])
      for (let from = 0; from < events.length; from += batch) byAndBy.and(events.slice(from, from + batch))
      assert.deepEqual(byAndBy.digest(), atOnce.digest())
      const before = atOnce.project(reigns).value
      const { db } = atOnce.readModel
      db.exec('delete from mayorship')
      mayorProjection.complete!(db)
      assert.deepEqual(atOnce.project(reigns).value, before)
    }),
    { numRuns: 50 },
  )
})

test('visits after all others are not believed where they contradict each other, and count again where one goes', () => {
  const before = [cafe, paris].flatMap((place, nth) => [
    stayed('ana', place, day(40 - nth)),
    stayed('ben', place, day(30 - nth)),
  ])
  const contradictory = [stayed('ben', cafe, day(3)), stayed('ben', paris, day(3) + HOUR / 2)]
  const events = tell([...before, ...contradictory, unstayed('ben', day(3) + HOUR / 2)])
  using story = givenEvents([])
  for (const event of events.slice(0, 4)) story.and([event])
  story.and(events.slice(4, 6)).project(mayors).shows(['ana', 'ana'])
  story.and(events.slice(6)).project(mayors).shows(['ben', 'ana'])
})

test('a mayor whose last visit no longer counts when the next one goes, and who goes too, is no longer mayor', () => {
  const gone = [account('ben', 'deactivated'), account('ana', 'deactivated')]
  const events = tell([stayed('ben', cafe, day(0)), stayed('ana', cafe, day(63)), ...gone])
  using story = givenEvents([])
  for (const event of events.slice(0, 3)) story.and([event])
  story.project(reigns).shows([['ana', -63, 1]])
  story.and(events.slice(3)).project(reigns).shows([])
})

test('the ones who reigned are people of the story', () => {
  using story = given(stayed('ana', cafe, day(1)))
  assert.equal(
    story.readModel.db.prepare('select did from mayorship join person on person.id = person').pluck().get(),
    didOf('ana'),
  )
})
