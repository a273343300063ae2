import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EventBody } from '#verify/event.ts'
import { prepareBatches } from './batch.ts'
import {
  account,
  cafe,
  called,
  checkedIn,
  checkinUri,
  commented,
  didOf,
  followed,
  givenEvents,
  liked,
  logged,
  removed,
  snapshot,
  tell,
  wrote,
  type Step,
} from './given.ts'
import type { ReadModel } from './read-model.ts'

/** Laws that hold for any story: what the people of a small world may do in it, in any order. */

const WHO = ['ana', 'ben', 'cid']
const CHECKINS = ['one', 'two']
const RUNS = { numRuns: 25 }

const who = fc.constantFrom(...WHO)
const checkin = fc.constantFrom(...CHECKINS)
const subject = fc.tuple(who, checkin).map(([author, name]) => checkinUri(author, name))
const place = fc.constantFrom(
  cafe,
  { ...cafe, name: 'Cafe am Eck' },
  { name: 'Kiosk', geo: { latitude: '48.2', longitude: '16.37' }, address: { country: 'AT' } },
  { name: 'Somewhere' },
)
const like = 'community.lexicon.interaction.like'

const put: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, checkin, place).map(([author, name, at]) => checkedIn(author, name, { place: at })),
  fc.tuple(who, checkin).map(([author, name]) => checkedIn(author, name, {}, { valid: false })),
  fc.tuple(who, subject, fc.constantFrom('a', 'b')).map(([author, uri, name]) => liked(author, uri, name)),
  fc.tuple(who, subject, fc.constantFrom('x', 'y')).map(([author, uri, name]) => commented(author, uri, 'hm', name)),
  fc.tuple(who, who).map(([author, whom]) => followed(author, whom)),
  who.map((author) =>
    wrote(author, 'app.waypost.profile', 'self', (createdAt) => ({ displayName: author, createdAt })),
  ),
  who.map((author) =>
    wrote(author, 'app.waypost.place', 'bench', (createdAt) => ({ name: 'Bench', geo: cafe.geo, createdAt })),
  ),
)
const remove: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, checkin).map(([author, name]) => removed(author, 'app.waypost.checkin', name)),
  fc.tuple(who, fc.constantFrom('a', 'b')).map(([author, name]) => removed(author, like, name)),
  fc.tuple(who, fc.constantFrom('x', 'y')).map(([author, name]) => removed(author, 'app.waypost.comment', name)),
  fc.tuple(who, who).map(([author, whom]) => removed(author, 'app.bsky.graph.follow', `follow ${whom}`)),
)
const write = fc.oneof({ weight: 3, arbitrary: put }, { weight: 1, arbitrary: remove })
const standing = fc.tuple(who, fc.constantFrom('active', 'deactivated', 'takendown')).map(([a, s]) => account(a, s))
const other: fc.Arbitrary<Step> = fc.oneof(
  standing,
  who.map((author) => snapshot(author)),
  who.map((author) => called(author, `${author}.example`)),
)
const writes = fc.array(write, { maxLength: 25 })
const story = fc.array(fc.oneof({ weight: 4, arbitrary: write }, { weight: 1, arbitrary: other }), { maxLength: 30 })

function digestOf(events: readonly EventBody[]): object {
  using model = givenEvents(events)
  return model.digest()
}

/** Each person's events in their order, the people mixed as the picks say. */
function interleave(events: readonly EventBody[], picks: readonly number[]): readonly EventBody[] {
  const queues = [...Map.groupBy(events, ({ did }) => did).values()].map((queue) => [...queue])
  const mixed: EventBody[] = []
  for (let turn = 0; mixed.length < events.length; turn++) {
    const left = queues.filter(({ length }) => length > 0)
    mixed.push(left[(picks[turn % picks.length] ?? 0) % left.length]!.shift()!)
  }
  return mixed
}

test('how the log interleaves people makes no difference', () => {
  const picks = fc.array(fc.nat(100), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(story, picks, (steps, order) => {
      const events = tell(steps)
      assert.deepEqual(digestOf(interleave(events, order)), digestOf(events))
    }),
    RUNS,
  )
})

test('where a batch ends makes no difference, nor whether anything is remembered of the ones before', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(story, sizes, fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), (steps, cuts, forgets) => {
      const events = tell(steps)
      using model = givenEvents([])
      let begin = prepareBatches(model.readModel)
      for (let at = 0, turn = 0; at < events.length; turn++) {
        const size = cuts[turn % cuts.length]!
        if (forgets[turn % forgets.length]) begin = prepareBatches(model.readModel)
        const batch = begin()
        batch.fold(logged(events.slice(at, at + size), at))
        at += batch.events
        batch.commit(at)
      }
      assert.deepEqual(model.digest(), digestOf(events))
      assert.deepEqual(wrongCounters(model.readModel), [])
    }),
    RUNS,
  )
})

test('an event that comes again changes nothing', () => {
  fc.assert(
    fc.property(story, fc.array(fc.tuple(fc.nat(100), fc.nat(100))), (steps, repetitions) => {
      const events = tell(steps)
      const repeated: EventBody[][] = events.map((event) => [event])
      for (const [which, later] of repetitions) {
        const event = events[which % Math.max(1, events.length)]
        if (event === undefined) continue
        const from = events.indexOf(event)
        // What a host says of an account or a handle has no number of the repository's: it repeats at once or not.
        const isNumbered = event.kind === 'commit' || event.kind === 'repo'
        const to = isNumbered ? Math.min(events.length - 1, from + later) : from
        repeated[to]!.push(event)
      }
      assert.deepEqual(digestOf(repeated.flat()), digestOf(events))
    }),
    RUNS,
  )
})

test('a repository that comes whole is worth the commits that did not', () => {
  fc.assert(
    fc.property(writes, fc.nat(25), (steps, heard) => {
      const authors = new Set(tell(steps).map(({ did }) => did))
      const written = WHO.filter((author) => authors.has(didOf(author)))
      const all = tell([...steps, ...written.map((author) => snapshot(author))])
      const repaired = [...all.slice(0, Math.min(heard, steps.length)), ...all.slice(steps.length)]
      assert.deepEqual(digestOf(repaired), digestOf(tell(steps)))
    }),
    RUNS,
  )
})

test('who comes back finds everything as if they had never been away', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const back = WHO.map((author) => account(author, 'active'))
      const stayed = [...steps, ...back]
      const away = [...steps, ...WHO.map((author) => account(author, 'deactivated')), ...back]
      assert.deepEqual(digestOf(tell(away)), digestOf(tell(stayed)))
    }),
    RUNS,
  )
})

test('when all accounts are deleted nothing is left', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const end = tell([...steps, ...WHO.map((author) => account(author, 'deleted'))])
      assert.deepEqual(digestOf(end), digestOf([]))
    }),
    RUNS,
  )
})

test('counters are what counting the rows gives', () => {
  fc.assert(
    fc.property(story, (steps) => {
      using model = givenEvents(tell(steps))
      assert.deepEqual(wrongCounters(model.readModel), [])
    }),
    RUNS,
  )
})

/** Rows whose counters, or whose place in an index, are not what the rows that they follow from say. */
function wrongCounters({ db }: ReadModel): readonly unknown[] {
  return db
    .prepare<[], unknown[]>(
      `select 'likes', id from subject where like_count <>
         (select count(distinct person) from likes where subject = subject.id and hidden = 0)
       union all select 'comments', id from subject where comment_count <>
         (select count(*) from comment where subject = subject.id and hidden = 0)
       union all select 'place', id from place where checkin_count <>
         (select count(*) from checkin where place = place.id and hidden = 0)
       union all select 'people', id from place where person_count <>
         (select count(distinct person) from checkin where place = place.id and hidden = 0)
       union all select 'description', id from place_weight where checkins <>
         (select count(*) from checkin where description = place_weight.id and hidden = 0)
       union all select 'uses', id from place_weight where uses <>
         (select count(*) from checkin where description = place_weight.id)
         + (select count(*) from place_record where description = place_weight.id)
       union all select 'person', id from person where checkin_count <>
         (select count(*) from checkin where person = person.id and hidden = 0)
       union all select 'tally', 0 from tally where checkins <> (select count(*) from checkin where hidden = 0)
         or persons <> (select count(distinct person) from checkin where hidden = 0)
         or places <> (select count(distinct place) from checkin where hidden = 0)
       union all select 'stray', checkin.id from checkin left join place on place.id = place where stray <>
         ((checkin.lat, checkin.lon) is not (anchor_lat, anchor_lon))
       union all select 'area', id from checkin where (hidden = 0 and stray = 1 and lat is not null) <>
         exists (select 1 from checkin_area where id = checkin.id)
       union all select 'best', id from place where described is not (
         select id from place_weight where place = place.id and (checkins > 0 or authored > 0)
         order by authored desc, checkins desc, body limit 1)
       union all select 'unvisited', id from place where described is null <>
         (checkin_count = 0 and not exists (
           select 1 from place_weight where place = place.id and place_weight.authored > 0))`,
    )
    .raw()
    .all()
}
