import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cafe, checkedIn, didOf, given, stayed, STORY_START_MS, type Step } from '#project/given.ts'
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
