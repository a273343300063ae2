import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  blocked,
  cafe,
  called,
  checkedIn,
  checkinUri,
  deleted,
  didOf,
  followed,
  STORY_START_MS,
  tell,
  type Step,
} from '#project/given.ts'
import { serveHereNow, type HereNowServer } from './given-here-now.ts'
import { QUARTER_MS, type PresenceMap } from './presences.ts'

/** A count that anybody may see must tell of nobody. */

const CAFE = 'osm:node/240109189'
const [ANA, ...OTHERS] = ['ana', 'ben', 'cid', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon']
const EVERYBODY = [ANA!, ...OTHERS]

const come = (people: readonly string[]): Step[] =>
  people.flatMap((who) => [called(who, `${who}.example`), checkedIn(who, 'visit')])

/** People at the café, who say so; a quarter of an hour later what is shown is made of them. */
function crowded(
  people: readonly string[],
  more: readonly Step[] = [],
): HereNowServer & { readonly clock: { now: number } } {
  const clock = { now: STORY_START_MS + 60 * 60_000 }
  const server = serveHereNow(clock, ...come(people), ...more)
  for (const who of people) assert.ok(server.enter(who, checkinUri(who, 'visit'))?.ok)
  clock.now += QUARTER_MS
  return { ...server, clock, [Symbol.dispose]: server[Symbol.dispose] }
}

const atLeast = (server: HereNowServer, viewer?: string): number | undefined => server.at(CAFE, viewer)?.atLeast

test('a count is shown from five strangers on, in coarse steps', () => {
  for (const [people, shown] of [
    [5, undefined],
    [6, 5],
    [10, 5],
  ] as const) {
    using server = crowded(EVERYBODY.slice(0, people))
    assert.equal(atLeast(server), shown, `${people}`)
  }
})

test('people who told different replicas are one crowd', () => {
  const clock = { now: STORY_START_MS + 60 * 60_000 }
  const deltas: PresenceMap[] = []
  const people = EVERYBODY.slice(0, 6)
  const told = (delta: PresenceMap): void => void deltas.push(delta)
  const ends = ['a', 'b'].map((writer) =>
    serveHereNow(
      {
        writer,
        told,
        get now() {
          return clock.now
        },
      },
      ...come(people),
    ),
  )
  for (const [at, who] of people.entries()) assert.ok(ends[at % 2]!.enter(who, checkinUri(who, 'visit'))?.ok)
  for (const end of ends) for (const delta of deltas) end.hereNow.join(delta)
  clock.now += QUARTER_MS
  for (const end of ends) {
    assert.equal(atLeast(end), 5)
    end[Symbol.dispose]()
  }
})

test('friends count for nothing: beside those whom one account sees by name there are five', () => {
  const people = EVERYBODY.slice(0, 8)
  const friends = (who: string, whom: string): Step[] => [followed(who, whom), followed(whom, who)]
  using alone = crowded(people)
  assert.equal(atLeast(alone), 5)
  // One of those who are there sees three by name; an account that is elsewhere sees four.
  using among = crowded(
    people,
    ['ben', 'cid', 'dan'].flatMap((whom) => friends('ana', whom)),
  )
  assert.equal(atLeast(among), undefined)
  using beside = crowded(people, [
    called('zoe', 'zoe.example'),
    ...['ana', 'ben', 'cid', 'dan'].flatMap((whom) => friends('zoe', whom)),
  ])
  assert.equal(atLeast(beside), undefined)
})

test('a count is the same for everybody, whomever they block, and whoever looks is one of it or not', () => {
  using server = crowded(EVERYBODY.slice(0, 6), [
    called('zoe', 'zoe.example'),
    blocked('zoe', 'ana'),
    blocked('ben', 'zoe'),
  ])
  assert.deepEqual(
    [undefined, 'zoe', 'ana', 'ben'].map((viewer) => atLeast(server, viewer)),
    [5, 5, 5, 5],
  )
})

test('only those count whose check-in anybody may see', () => {
  const people = EVERYBODY.slice(0, 6)
  const labels = (value: string) => ({
    labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: value }] },
  })
  using secret = crowded(people, [checkedIn('ana', 'visit', labels('!hide'))])
  assert.equal(atLeast(secret), undefined)
  using friendly = crowded(people, [checkedIn('ana', 'visit', labels('nudity'))])
  assert.equal(atLeast(friendly), undefined)
})

test('who comes and who leaves shows when the next quarter of an hour begins, all at once', () => {
  using server = crowded(EVERYBODY.slice(0, 6))
  assert.equal(atLeast(server), 5)
  server.hereNow.leave(didOf('ana'))
  server.hereNow.leave(didOf('ben'))
  assert.equal(atLeast(server), 5)
  server.clock.now += QUARTER_MS
  assert.equal(atLeast(server), undefined)
  assert.ok(server.enter('ana', checkinUri('ana', 'visit'))?.ok)
  assert.ok(server.enter('ben', checkinUri('ben', 'visit'))?.ok)
  assert.equal(atLeast(server), undefined)
  server.clock.now += QUARTER_MS
  assert.equal(atLeast(server), 5)
})

test('a count ends with the check-ins that it was made of, a quarter of an hour later at most', () => {
  const people = EVERYBODY.slice(0, 6)
  const before = come(people)
  using server = crowded(people)
  server.tell(tell([...before, deleted('ana', 'visit')]).slice(before.length))
  server.clock.now += QUARTER_MS
  assert.equal(atLeast(server), undefined)
})

test('whoever looks, five whom they see no name of are behind a count', () => {
  const who = fc.constantFrom(...EVERYBODY, 'zoe')
  const friendships = fc.array(fc.tuple(who, who), { maxLength: 8 })
  fc.assert(
    fc.property(fc.subarray(EVERYBODY, { minLength: 4 }), friendships, (people, pairs) => {
      const friends = pairs.filter(([a, b]) => a !== b)
      const steps = friends.flatMap(([a, b]) => [followed(a, b), followed(b, a)])
      using server = crowded(people, [called('zoe', 'zoe.example'), ...steps])
      for (const viewer of [...EVERYBODY, 'zoe']) {
        const { people: named, viewer: own, atLeast: shown } = server.at(CAFE, viewer)!
        const strangers = people.length - named.length - (own ? 1 : 0)
        assert.ok(shown === undefined || strangers >= shown, `${viewer} knows all but ${strangers} of ${shown}`)
      }
    }),
    { numRuns: 60 },
  )
})

test('the café is the same under each of its ids', () => {
  const refs = [...cafe.refs, { $type: 'community.lexicon.location.fsq', fsq_place_id: 'a' }]
  const clock = { now: STORY_START_MS + 60 * 60_000 }
  using server = serveHereNow(
    clock,
    ...come(['ana', 'ben']),
    checkedIn('ana', 'visit', { place: { ...cafe, refs } }),
    checkedIn('ben', 'visit', { place: { ...cafe, refs: refs.slice(1) } }),
    followed('ana', 'ben'),
    followed('ben', 'ana'),
  )
  for (const who of ['ana', 'ben']) assert.ok(server.enter(who, checkinUri(who, 'visit'))?.ok)
  for (const id of [CAFE, 'fsq:a']) {
    const { people, viewer } = server.at(id, 'ana')!
    assert.deepEqual([people.map(({ actor }) => actor.did), viewer !== undefined], [[didOf('ben')], true], id)
  }
})
