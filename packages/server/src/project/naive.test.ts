import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from '@atcute/cbor'
import fc from 'fast-check'
import { atUri, type Did } from '@waypost/kernel'
import type { EventBody, RecordPut } from '#verify/event.ts'
import { givenEvents, tell } from './given.ts'
import { isHidden } from './person.ts'
import { asObject, CHECKIN_COLLECTIONS, readVisit, type Visit } from './read-checkin.ts'
import type { ReadModel } from './read-model.ts'
import { story } from './stories.ts'

/** The read model beside what plain loops make of the records that stand at the end: no tables, nothing remembered. */

interface Repo {
  readonly records: Map<string, RecordPut>
  rev: string
  hidden: boolean
}

/** The records that stand at the end, of whoever is to be seen. */
function standing(events: readonly EventBody[]): ReadonlyMap<Did, readonly RecordPut[]> {
  const repos = new Map<Did, Repo>()
  for (const event of events) {
    const repo = repos.get(event.did) ?? { records: new Map<string, RecordPut>(), rev: '', hidden: false }
    repos.set(event.did, repo)
    const isNews = event.kind === 'commit' || event.kind === 'repo' ? event.rev > repo.rev : true
    if (isNews) repo.hidden = isHidden(event.head)
    if (event.kind === 'repo' && event.rev >= repo.rev) {
      repo.records.clear()
      for (const put of event.records) repo.records.set(pathOf(put), put)
    }
    if (event.kind === 'commit' && isNews) {
      for (const op of event.ops) {
        if (op.action === 'put') repo.records.set(pathOf(op), op)
        else repo.records.delete(pathOf(op))
      }
    }
    if (isNews && 'rev' in event) repo.rev = event.rev
  }
  const seen = [...repos].filter(([, { hidden }]) => !hidden)
  return new Map(seen.map(([did, { records }]) => [did, [...records.values()].filter(({ valid }) => valid)]))
}

function pathOf({ collection, rkey }: { readonly collection: string; readonly rkey: string }): string {
  return `${collection}/${rkey}`
}

interface Told {
  readonly tally: unknown
  readonly checkins: unknown
  readonly places: unknown
  readonly people: unknown
}

function naively(events: readonly EventBody[]): Told {
  const repos = standing(events)
  const of = (...collections: readonly string[]) =>
    [...repos].flatMap(([did, records]) =>
      records
        .filter(({ collection }) => collections.includes(collection))
        .map((put) => ({ did, uri: atUri(did, put.collection, put.rkey), put, value: decode(put.record) as unknown })),
    )
  const checkins = of(...CHECKIN_COLLECTIONS).flatMap(({ did, uri, put, value }) => {
    const visit = readVisit(put.collection, value, Number.MAX_SAFE_INTEGER)
    return visit === undefined ? [] : [{ did, uri, visit }]
  })
  const about = (collection: string) => of(collection).map(({ did, value }) => ({ did, uri: subjectOf(value) }))
  const likes = about('community.lexicon.interaction.like')
  const comments = about('app.waypost.comment')
  const places = Map.groupBy(
    checkins.filter(({ visit }) => visit.placeId !== undefined),
    ({ visit }) => visit.placeId!,
  )
  return {
    tally: [checkins.length, new Set(checkins.map(({ did }) => did)).size, places.size],
    checkins: checkins
      .map(({ uri }) => {
        const likers = likes.filter((like) => like.uri === uri).map(({ did }) => did)
        return [uri, new Set(likers).size, comments.filter((comment) => comment.uri === uri).length]
      })
      .sort(byFirst),
    places: [...places]
      .map(([id, visits]) => {
        const record = of('app.waypost.place').find(({ uri }) => uri === id)
        const name = asObject(record?.value)?.['name'] ?? mostSaid(visits.map(({ visit }) => visit))
        return [id, name, visits.length, new Set(visits.map(({ did }) => did)).size]
      })
      .sort(byFirst),
    people: [...Map.groupBy(checkins, ({ did }) => did)].map(([did, visits]) => [did, visits.length]).sort(byFirst),
  }
}

function subjectOf(value: unknown): unknown {
  return asObject(asObject(value)?.['subject'])?.['uri']
}

/** The name in what is said most often; in a tie, in what sorts first. */
function mostSaid(visits: readonly Visit[]): string {
  const said = ({ place: { name, category, geo, address, refs } }: Visit): string =>
    JSON.stringify({ name, category, geo, address, refs: refs.length > 0 ? refs : undefined })
  const [most] = [...Map.groupBy(visits, said)].sort(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1))
  return most![1][0]!.place.name
}

function byFirst(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1
}

function fromTables({ db }: ReadModel): Told {
  const rows = (sql: string) => db.prepare<[], unknown[]>(sql).raw().all()
  return {
    tally: rows('select checkins, persons, places from tally')[0],
    checkins: rows(
      `select 'at://' || did || '/' || collection || '/' || rkey as uri, like_count, comment_count
       from checkin join subject using (id) join person on person.id = checkin.person where checkin.hidden = 0
       order by uri`,
    ),
    places: rows('select key, name, checkin_count, person_count from place where checkin_count > 0 order by key'),
    people: rows('select did, checkin_count from person where checkin_count > 0 order by did'),
  }
}

test('the tables tell what the records that stand at the end tell', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const events = tell(steps)
      using model = givenEvents(events)
      assert.deepEqual(fromTables(model.readModel), naively(events))
    }),
    { numRuns: 50 },
  )
})
