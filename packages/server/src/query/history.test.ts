import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  account,
  cafe,
  checkedIn,
  deleted,
  didOf,
  given,
  givenEvents,
  stayed,
  STORY_START_MS,
  tell,
  type Step,
} from '#project/given.ts'
import { openQueries } from './queries.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'

const DAY = 86_400_000
const nyhavn = {
  name: 'Nyhavn',
  geo: { latitude: '55.68', longitude: '12.59' },
  address: { country: 'DK', locality: 'København' },
  category: 'travel.ferry',
}

function asked<T>(steps: readonly Step[], ask: (queries: ReturnType<typeof openQueries>) => T): T {
  using story = given(...steps)
  using queries = openQueries({
    readModel: story.readModel,
    directory: EMPTY_DIRECTORY,
  })
  return ask(queries)
}

test('figures are of everything that a person ever told, imports too, by the days where they were', () => {
  const steps = [
    checkedIn('ana', 'import', { place: nyhavn, visitedAt: '2012-06-01T00:30:00+02:00' }),
    checkedIn('ana', 'import2', { place: nyhavn, visitedAt: '2012-06-01T23:30:00+02:00' }),
    stayed('ana', cafe, STORY_START_MS - DAY),
  ]
  const stats = asked(steps, (queries) =>
    queries.stats(queries.personByDid(didOf('ana'))!, { now: STORY_START_MS, maySee: () => true }),
  )
  assert.deepEqual(
    { ...stats, streak: stats.streak.current },
    {
      checkins: 3,
      days: 2,
      first: Date.parse('2012-05-31T22:30:00Z'),
      last: STORY_START_MS - DAY,
      streak: 1,
      categories: [
        { what: 'travel.ferry', checkins: 2, places: 1, first: Date.parse('2012-05-31T22:30:00Z') },
        { what: 'food.cafe', checkins: 1, places: 1, first: STORY_START_MS - DAY },
      ],
      countries: [
        { what: 'DK', checkins: 2, places: 1, first: Date.parse('2012-05-31T22:30:00Z') },
        { what: 'DE', checkins: 1, places: 1, first: STORY_START_MS - DAY },
      ],
      cities: [
        {
          what: { name: 'København', country: 'DK' },
          checkins: 2,
          places: 1,
          first: Date.parse('2012-05-31T22:30:00Z'),
        },
        { what: { name: 'Berlin', country: 'DE' }, checkins: 1, places: 1, first: STORY_START_MS - DAY },
      ],
    },
  )
})

test('on this day are those of other years, newest first, and not those of today', () => {
  const steps = [
    checkedIn('ana', 'a', { visitedAt: '2019-01-01T10:00:00+01:00' }),
    checkedIn('ana', 'b', { visitedAt: '2021-01-01T10:00:00+01:00' }),
    checkedIn('ana', 'c', { visitedAt: '2021-01-02T10:00:00+01:00' }),
    checkedIn('ana', 'today', { visitedAt: '2026-01-01T00:02:00+00:00' }),
  ]
  const years = asked(steps, (queries) => {
    const ids = queries.onThisDay(queries.personByDid(didOf('ana'))!, STORY_START_MS)
    return queries.checkins(ids, undefined).map(({ sort }) => new Date(sort).getUTCFullYear())
  })
  assert.deepEqual(years, [2021, 2019])
})

/** The same figures by SQL over the table, as they stand. */
const DAY_THERE = `cast(floor((sort + 60000 * coalesce(zone, case when lon is null then 0 else round(lon / 15) * 60 end))
  / 86400000.0) as integer)`
const VISIBLE = `from checkin join person on person.id = checkin.person
  where did = :did and checkin.hidden = 0 and instr(record, cast('!hide' as blob)) = 0`

const visit: fc.Arbitrary<Step> = fc
  .record({
    name: fc.constantFrom('one', 'two', 'three', 'four'),
    // Around the turn of a year, in time zones on either side of it.
    hour: fc.integer({ min: -40, max: 40 }),
    year: fc.constantFrom(2019, 2024),
    zone: fc.constantFrom('Z', '+13:00', '-09:30'),
    at: fc.constantFrom<object>(
      cafe,
      nyhavn,
      { name: 'Nowhere' },
      { ...cafe, geo: { latitude: '-17.1', longitude: '178.2' } },
    ),
    isOwn: fc.boolean(),
  })
  .map(({ name, hour, year, zone, at, isOwn }) =>
    checkedIn('ana', name, {
      place: at,
      visitedAt: new Date(Date.UTC(year, 0, 1, hour)).toISOString().replace('Z', zone),
      ...(isOwn && { labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: '!hide' }] } }),
    }),
  )
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: visit },
  { weight: 1, arbitrary: fc.constantFrom('one', 'two', 'three').map((name) => deleted('ana', name)) },
  { weight: 1, arbitrary: fc.constantFrom('active', 'deactivated').map((status) => account('ana', status)) },
)

test('years, days and places are those that the table has, after every batch', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const events = tell([checkedIn('ana', 'first'), ...steps])
      using story = givenEvents(events.slice(0, 1))
      using queries = openQueries({ readModel: story.readModel, directory: EMPTY_DIRECTORY })
      const { db } = story.readModel
      const did = didOf('ana')
      for (const event of events.slice(1)) {
        story.and([event])
        queries.follow(story.last)
        const maySee = (labels: readonly string[]) => !labels.includes('!hide')
        const ana = queries.personByDid(did)!
        const ever = queries.history(ana, { maySee })
        const ofYear = queries.history(ana, { maySee, year: 2023 })
        const yearOf = `cast(strftime('%Y', ${DAY_THERE} * 86400, 'unixepoch') as integer)`
        assert.deepEqual(
          ever.years,
          db.prepare(`select ${yearOf} as year, count(*) as checkins ${VISIBLE} group by 1 order by 1`).all({ did }),
        )
        assert.deepEqual(ofYear.years, ever.years)
        assert.deepEqual(ever.days, [])
        assert.deepEqual(
          ofYear.days,
          db
            .prepare(
              `select ${DAY_THERE} as day, count(*) as checkins ${VISIBLE} and ${yearOf} = 2023 group by 1 order by 1`,
            )
            .all({ did }),
        )
        const pointsWhere = (condition: string) =>
          db
            .prepare(
              `select round(lat, 3) as lat, round(lon, 3) as lon, count(*) as checkins ${VISIBLE} and lat is not null
                 and ${condition} group by 1, 2 order by 3 desc, 1, 2`,
            )
            .all({ did })
        assert.deepEqual(ever.points, pointsWhere('true'))
        assert.deepEqual(ofYear.points, pointsWhere(`${yearOf} = 2023`))
      }
    }),
    { numRuns: 60 },
  )
})

test('where somebody was in too many places, those near each other are one point', () => {
  const steps = Array.from({ length: 1_200 }, (_, nth) =>
    checkedIn('ana', `at ${nth}`, {
      place: { name: `Stop ${nth}`, geo: { latitude: (40 + nth / 100).toFixed(3), longitude: '10.000' } },
    }),
  )
  const { points } = asked(steps, (queries) =>
    queries.history(queries.personByDid(didOf('ana'))!, { maySee: () => true }),
  )
  assert.ok(points.length <= 1_000 && points.length > 100)
  assert.equal(
    points.reduce((sum, { checkins }) => sum + checkins, 0),
    1_200,
  )
})
