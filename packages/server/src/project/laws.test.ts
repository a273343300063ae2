import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EventBody } from '#verify/event.ts'
import { prepareBatches } from './batch.ts'
import { account, didOf, givenEvents, logged, snapshot, tell } from './given.ts'
import { completeReadModel, type ReadModel } from './read-model.ts'
import { story, WHO, writes } from './stories.ts'

/** Laws that hold for any story. */

const RUNS = { numRuns: 25 }

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

test('where a batch ends makes no difference, nor what is remembered of others, ended or abandoned', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 10 })
  const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(story, sizes, choices, choices, (steps, cuts, forgets, falters) => {
      const events = tell(steps)
      using model = givenEvents([])
      let begin = prepareBatches(model.readModel)
      for (let at = 0, turn = 0; at < events.length; turn++) {
        const size = cuts[turn % cuts.length]!
        if (forgets[turn % forgets.length]) begin = prepareBatches(model.readModel)
        if (falters[turn % falters.length]) {
          const inVain = begin()
          inVain.fold(logged(events.slice(at, at + 2), at))
          inVain.abandon()
        }
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

test('what a rebuild leaves to its end comes out as if it had been done at each event', () => {
  fc.assert(
    fc.property(story, fc.nat(30), (steps, cut) => {
      const events = tell(steps)
      using live = givenEvents(events)
      using built = givenEvents(events.slice(0, cut), { building: true })
      built.and(events.slice(cut))
      completeReadModel(built.readModel)
      assert.deepEqual(built.digest(), live.digest())
      assert.deepEqual(wrongCounters(built.readModel), [])
      assert.deepEqual(schemaOf(built.readModel), schemaOf(live.readModel))
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

function schemaOf({ db }: ReadModel): readonly unknown[] {
  return db.prepare('select name, tbl_name, sql from sqlite_schema order by name').all()
}

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
       union all select 'link', place || ' ' || other from place_link_count where (persons, owners) is not (
         select count(distinct person), count(distinct iif(owned, person, null)) from place_link where hidden = 0
           and place_link_count.place in (place, same_as) and other in (place, same_as))
       union all select 'unsaid', id from place_link where hidden = 0 and not exists (
         select 1 from place_link_count where place_link_count.place = place_link.same_as and other = place_link.place)
       union all select 'unvisited', id from place where described is null <>
         (checkin_count = 0 and not exists (
           select 1 from place_weight where place = place.id and place_weight.authored > 0))`,
    )
    .raw()
    .all()
}
