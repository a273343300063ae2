import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { distanceMetres } from '#project/coordinates.ts'
import { account, checkedIn, deleted, given, tell, givenEvents, type Step } from '#project/given.ts'
import type { ReadModel } from '#project/read-model.ts'
import type { Area, BoxArea } from './area.ts'
import { NEWEST, type Keyset } from './cursor.ts'
import { prepareNearby, type NearbyLimits } from './nearby.ts'

/** A coarse grid about the antimeridian, so that points meet, and areas cross it. */
const degrees = fc.integer({ min: -6, max: 6 })
const latitude = degrees.map((step) => step / 2)
const longitude = degrees.map((step) => (step < 0 ? step + 180 : step - 180) + 0.25)
const geo = fc.record({ latitude: latitude.map(String), longitude: longitude.map(String) }, { noNullPrototype: true })
const who = fc.constantFrom('ana', 'ben', 'cid')
const name = fc.constantFrom(...Array.from({ length: 12 }, (_, number) => `visit ${number}`))
/** Named by a reference, so that people may differ about where it is. */
const place = fc.record(
  {
    name: fc.constantFrom('Pier', 'Beach'),
    refs: fc.constantFrom('1', '2', '3').map((id) => [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id }]),
    geo: fc.option(geo, { nil: undefined }),
  },
  { noNullPrototype: true },
)
const elsewhere = fc.record({ name: fc.constantFrom('Hut', 'Hill'), geo }, { noNullPrototype: true })
const position = geo.map((at) => ({
  precision: 'exact',
  location: { $type: 'community.lexicon.location.geo', ...at },
}))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(who, name, place).map(([author, visit, at]) => checkedIn(author, visit, clean({ place: at }))),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(who, name, elsewhere).map(([author, visit, at]) => checkedIn(author, visit, { place: at })),
  },
  fc
    .tuple(who, name, position)
    .map(([author, visit, at]) => checkedIn(author, visit, { place: { name: 'Sea' }, position: at })),
  fc.tuple(who, name).map(([author, visit]) => deleted(author, visit)),
  fc.tuple(who, fc.constantFrom('active', 'deactivated')).map(([author, status]) => account(author, status)),
)
const box: fc.Arbitrary<BoxArea> = fc
  .tuple(latitude, latitude, longitude, longitude)
  .map(([a, b, east, west]) => ({ kind: 'box', north: Math.max(a, b), south: Math.min(a, b), east, west }))
const circle = fc
  .tuple(latitude, longitude, fc.integer({ min: 1, max: 100_000 }))
  .map(([lat, lon, radius]): Area => ({ kind: 'circle', lat, lon, radius }))
const limits: fc.Arbitrary<NearbyLimits> = fc.record({
  placesFew: fc.integer({ min: 1, max: 8 }),
  newestFirst: fc.integer({ min: 1, max: 4 }),
  newestLast: fc.constantFrom(0, 8, 1_000),
})

/** What a field that is undefined is in a record: not there. */
function clean(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>
}

function holds(area: Area, { lat, lon }: { lat: number; lon: number }): boolean {
  if (area.kind === 'circle') return distanceMetres(area, { lat, lon }) <= area.radius
  const { north, south, east, west } = area
  const isBetween = west <= east ? lon >= west && lon <= east : lon >= west || lon <= east
  return lat >= south && lat <= north && isBetween
}

/** By looking at every check-in. */
function lookedThrough({ db }: ReadModel, area: Area): readonly number[] {
  return db
    .prepare<[], { id: number; lat: number; lon: number }>(
      'select id, lat, lon from checkin where hidden = 0 and lat is not null order by sort desc, id desc',
    )
    .all()
    .filter((point) => holds(area, point))
    .map(({ id }) => id)
}

function paged({ db }: ReadModel, area: Area, options: { limits?: NearbyLimits; limit: number }): readonly number[] {
  const nearby = prepareNearby(db, options.limits)
  const ids: number[] = []
  let after: Keyset | undefined = NEWEST
  while (after !== undefined) {
    const page: readonly Keyset[] = nearby(area, { ...after, limit: options.limit })
    ids.push(...page.map(({ id }) => id))
    after = page.at(-1)
  }
  return ids
}

test('the pages of an area are what looking at every check-in finds, in whatever way they are found', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.oneof(box, circle),
      limits,
      fc.integer({ min: 1, max: 5 }),
      (steps, area, within, limit) => {
        using model = givenEvents(tell(steps))
        const expected = lookedThrough(model.readModel, area)
        assert.deepEqual(paged(model.readModel, area, { limits: within, limit }), expected)
        assert.deepEqual(paged(model.readModel, area, { limit }), expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('a check-in is found where it says that its place is, also where others said something else first', () => {
  const pier = (at: string) => ({
    place: {
      name: 'Pier',
      refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '1' }],
      geo: { latitude: at, longitude: '7' },
    },
  })
  using story = given(checkedIn('mal', 'wrong', pier('10')), checkedIn('ana', 'right', pier('50')))
  const around = (lat: number): Area => ({ kind: 'circle', lat, lon: 7, radius: 1_000 })
  assert.equal(paged(story.readModel, around(10), { limit: 5 }).length, 1)
  assert.equal(paged(story.readModel, around(50), { limit: 5 }).length, 1)
})
