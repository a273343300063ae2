import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  agreed,
  blobOf,
  cafe,
  checkedIn,
  didOf,
  followed,
  given,
  stayed,
  STORY_START_MS,
  type Step,
} from '#project/given.ts'
import { openQueries } from './queries.ts'
import { pointsOf, RULES } from './points.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Noon on the Monday of the week in which stories begin. */
const MONDAY = Date.UTC(2025, 11, 29, 12)
const place = (name: string, fields: object = {}) => ({ name, geo: { latitude: '52.5', longitude: '13.4' }, ...fields })

function board(steps: readonly Step[], viewer = 'ana'): readonly unknown[] {
  using story = given(...steps)
  using queries = openQueries({
    readModel: story.readModel,
    directory: EMPTY_DIRECTORY,
  })
  const { start, end, standings } = queries.leaderboard(queries.personByDid(didOf(viewer))!, STORY_START_MS)
  assert.deepEqual([start, end], [Date.UTC(2025, 11, 29), Date.UTC(2026, 0, 5)])
  return standings.map(({ author, points, by }) => [
    author.did.slice(8, 11),
    points,
    Object.fromEntries(by.map(({ rule, count }) => [rule, count])),
  ])
}

test('a new place, a new kind of place, a photo and a friend are worth something once, being there up to five times', () => {
  const steps = [
    followed('ana', 'ben'),
    stayed('ana', place('Bar', { category: 'nightlife.bar' }), MONDAY - 20 * DAY),
    stayed('ana', place('Bar', { category: 'nightlife.bar' }), MONDAY),
    stayed('ana', cafe, MONDAY + HOUR, {
      photos: [{ image: blobOf('a'), alt: '' }],
      with: [didOf('ben'), didOf('cid')],
    }),
    stayed('ana', cafe, MONDAY + 3 * HOUR, { photos: [{ image: blobOf('b'), alt: '' }], with: [didOf('ben')] }),
    ...[4, 5, 6, 7].map((hour) => stayed('ana', cafe, MONDAY + hour * HOUR)),
    ...[1, 3].map((hour) => agreed('ben', 'ana', MONDAY + hour * HOUR)),
    agreed('cid', 'ana', MONDAY + HOUR),
  ]
  assert.deepEqual(board(steps), [
    ['ana', 5 * 1 + 5 + 10 + 2 + 3, { checkin: 5, 'new-place': 1, 'new-category': 1, photo: 1, friend: 1 }],
  ])
})

test('naming a friend is worth nothing before the friend agrees', () => {
  const named = [
    followed('ana', 'ben'),
    stayed('ana', cafe, MONDAY - 20 * DAY),
    stayed('ana', cafe, MONDAY, { with: [didOf('ben')] }),
  ]
  assert.deepEqual(board(named), [['ana', 1, { checkin: 1 }]])
  assert.deepEqual(board([...named, agreed('ben', 'ana', MONDAY)]), [['ana', 4, { checkin: 1, friend: 1 }]])
})

test('a week after a week is a streak, once', () => {
  const steps = [stayed('ana', cafe, MONDAY - 3 * DAY), stayed('ana', cafe, MONDAY), stayed('ana', cafe, MONDAY + DAY)]
  assert.deepEqual(board(steps), [['ana', 7, { checkin: 2, streak: 1 }]])
})

test('the board has those whom one follows and who were somewhere this week, most points first', () => {
  const steps = [
    followed('ana', 'ben'),
    followed('ana', 'cid'),
    stayed('ana', cafe, MONDAY),
    stayed('ben', cafe, MONDAY),
    stayed('ben', place('Bar', { category: 'nightlife.bar' }), MONDAY + HOUR),
    stayed('cid', cafe, MONDAY - 30 * DAY),
    stayed('dea', cafe, MONDAY),
  ]
  assert.deepEqual(
    board(steps).map((line) => (line as unknown[]).slice(0, 2)),
    [
      ['ben', 32],
      ['ana', 16],
    ],
  )
})

test('whoever was in two places at once earned nothing at either', () => {
  const paris = { name: 'Le Zinc', geo: { latitude: '48.86', longitude: '2.35' } }
  assert.deepEqual(board([stayed('ana', cafe, MONDAY), stayed('ana', paris, MONDAY + HOUR / 4)]), [['ana', 0, {}]])
})

test('nothing told between two places hides that nobody can have been at both', () => {
  const at = (hours: number): number => MONDAY + hours * HOUR
  const paris = { name: 'Le Zinc', geo: { latitude: '48.86', longitude: '2.35' } }
  const both = [stayed('ana', cafe, MONDAY), stayed('ana', paris, at(0.2))]
  const later = checkedIn('ana', 'told later', { visitedAt: new Date(at(0.1)).toISOString() })
  assert.deepEqual(board([...both, later]), [['ana', 0, {}]])
  assert.deepEqual(board([...both, stayed('ana', { name: 'Somewhere' }, at(0.1))]), [['ana', 1, { checkin: 1 }]])
  assert.deepEqual(board([...both, stayed('ana', place('Bar', { geo: cafe.geo }), at(0.1))]), [['ana', 0, {}]])
})

test('the last weeks and what was before them give the points that the whole history gives', () => {
  const kinds = ['food.cafe', 'nightlife.bar', 'sport.pool', undefined]
  const stay = fc.record({
    hours: fc.integer({ min: 0, max: 24 * 45 }),
    place: fc.nat(5),
    kind: fc.nat(3),
    zone: fc.nat(2),
  })
  fc.assert(
    fc.property(fc.uniqueArray(stay, { selector: ({ hours }) => hours, maxLength: 25 }), (stays) => {
      const steps = stays.map(({ hours, place: nth, kind, zone }) => {
        const at = STORY_START_MS - hours * HOUR
        const offset = ['Z', '+14:00', '-11:00'][zone]!
        const shift = [0, 14, -11][zone]! * HOUR
        const visitedAt = new Date(at + shift).toISOString().replace('Z', offset)
        return stayed('ana', place(`Place ${nth}`, { category: kinds[kind] }), at, { visitedAt })
      })
      using story = given(...steps)
      using queries = openQueries({ readModel: story.readModel, directory: EMPTY_DIRECTORY })
      const rows = story.readModel.db
        .prepare<[], Omit<Parameters<typeof pointsOf>[0][number], 'friends' | 'hasPoint' | 'lived'>>(
          'select id, sort, zone, place, category, lat, lon, photos from checkin order by sort, id',
        )
        .all()
      const whole = pointsOf(rows.map((row) => ({ ...row, hasPoint: true, lived: true, friends: [] })))
      assert.deepEqual(
        whole.map(({ id }) => queries.points(id)),
        whole,
      )
    }),
    { numRuns: 40 },
  )
})

test('the page about the game shows the rules that are played by', () => {
  const page = readFileSync('docs/game.md', 'utf8').replaceAll(/ +/g, ' ')
  for (const { id, points, about } of RULES) assert(page.includes(`| \`${id}\` | ${points} | ${about} |`), id)
})
