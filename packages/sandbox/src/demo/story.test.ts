import assert from 'node:assert/strict'
import test from 'node:test'
import { CID } from 'multiformats/cid'
import type { Did } from '@waypost/kernel'
import { app, community } from '@waypost/lexicon'
import type { BlobRef } from '../pds-client.ts'
import { histories, memoriesOf } from './history.ts'
import { landmarks } from './landmarks.ts'
import { people } from './people.ts'
import {
  checkinRecord,
  commentRecords,
  commentRef,
  followRecords,
  likeRecords,
  memoryRecords,
  type PlannedRecord,
  profileRecord,
  type Timeline,
  visitRef,
  visitTime,
} from './records.ts'
import { sceneNames } from './scenes.ts'
import { visits } from './story.ts'

const SOME_CID = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'
const STARTED_AT = Date.UTC(2026, 10, 21)
const HOUR_MS = 60 * 60 * 1_000

const timeline: Timeline = {
  startedAt: STARTED_AT,
  dids: new Map(people.map(({ name }) => [name, `did:plc:${name.padEnd(24, 'a')}` as Did])),
}

function blob(mimeType: string): BlobRef {
  const link = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
  return { $type: 'blob', ref: { $link: link }, mimeType, size: 200_000 }
}

function everyRecord(): readonly PlannedRecord[] {
  const photo = { image: blob('image/jpeg'), width: 1_200, height: 900 }
  const refs = {
    visit: (index: number) => visitRef(timeline, index, SOME_CID),
    comment: (index: number) => commentRef(timeline, index, SOME_CID),
  }
  return [
    ...visits.map((_, index) => checkinRecord(timeline, index, photo)),
    ...people.map((person) => profileRecord(timeline, person, blob('image/png'))),
    ...people.flatMap((person) => followRecords(timeline, person)),
    ...people.flatMap((person) => memoryRecords(timeline, person)),
    ...commentRecords(timeline, 'first', refs),
    ...commentRecords(timeline, 'reply', refs),
    ...likeRecords(timeline, refs.visit),
  ]
}

const lexicons: Readonly<Record<string, { $safeParse(value: unknown): { success: boolean } }>> = {
  'app.waypost.checkin': app.waypost.checkin.main,
  'app.waypost.comment': app.waypost.comment.main,
  'app.waypost.profile': app.waypost.profile.main,
  'app.bsky.graph.follow': app.bsky.graph.follow.main,
  'community.lexicon.interaction.like': community.lexicon.interaction.like.main,
}

test('every landmark is on Earth, named once, and has a category, a country and a town', () => {
  assert.ok(landmarks.length >= 120)
  assert.equal(new Set(landmarks.map(({ name }) => name)).size, landmarks.length)
  for (const { name, category, latitude, longitude, country, locality } of landmarks) {
    assert.ok(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, name)
    assert.match(category, /^[a-z]+\.[a-z]+$/, name)
    assert.match(country, /^[A-Z]{2}$/, name)
    assert.ok(locality.length > 0, name)
  }
})

test('every record of the demo satisfies its lexicon', () => {
  for (const { collection, value } of everyRecord()) {
    const result = lexicons[collection]?.$safeParse(withRealLinks(value))
    assert.ok(
      result?.success,
      `${collection} ${JSON.stringify(value)} ${String((result as { reason?: unknown }).reason)}`,
    )
  }
})

test('what people say fits into a check-in', () => {
  const graphemes = new Intl.Segmenter()
  for (const { text = '' } of visits) assert.ok([...graphemes.segment(text)].length <= 300, text)
})

test('a demo place has the name and the digits of its landmark, so that both are one place', () => {
  for (const [index, visit] of visits.entries()) {
    const place = checkinRecord(timeline, index, undefined).value['place'] as app.waypost.checkin.Place
    const found = landmarks.find(({ name }) => name === visit.at)
    assert.deepEqual(
      [place.name, place.geo?.latitude, place.geo?.longitude],
      [found?.name, String(found?.latitude), String(found?.longitude)],
    )
  }
})

test('nothing in the demo happens in the future, and something happened within the last hour', () => {
  for (const { value } of everyRecord()) {
    assert.ok(Date.parse(String(value['createdAt'])) < STARTED_AT, JSON.stringify(value))
  }
  const ages = visits.map((_, index) => STARTED_AT - visitTime(timeline, index))
  assert.ok(ages.filter((age) => age < HOUR_MS).length >= 2)
  assert.ok(Math.max(...ages) < 10.5 * 24 * HOUR_MS)
})

test('what people bring along of earlier years is years of visits, days apart, some of them on this day', () => {
  for (const history of histories) {
    const times = memoriesOf(history, STARTED_AT).map(({ visitedAt }) => visitedAt)
    assert.ok(times.length >= 8 * history.years && times.length < 150, String(times.length))
    for (const [index, at] of times.entries()) {
      assert.ok(at < STARTED_AT - 20 * 24 * HOUR_MS)
      assert.ok(at - (times[index - 1] ?? 0) >= 3 * 24 * HOUR_MS)
    }
    assert.equal(times.filter((at) => new Date(at).toISOString().slice(5, 10) === '11-21').length, history.years)
  }
})

test('nobody in the demo travels faster than an airliner', () => {
  for (const person of people) {
    const own = visits.map((visit, index) => ({ visit, index })).filter(({ visit }) => visit.by === person.name)
    for (const [place, { visit, index }] of own.entries()) {
      const next = own[place + 1]
      if (!next) continue
      const hours = (visitTime(timeline, next.index) - visitTime(timeline, index)) / HOUR_MS
      const km = distanceKm(visit.at, next.visit.at)
      assert.ok(hours > 0 && km / hours < 900, `${person.name}: ${visit.at} to ${next.visit.at}`)
    }
  }
})

test('the keys of a record are the same each time, so that an interrupted demo goes on where it stopped', () => {
  const keys = everyRecord().map(({ by, collection, rkey }) => `${by}/${collection}/${rkey}`)
  assert.deepEqual(
    everyRecord().map(({ by, collection, rkey }) => `${by}/${collection}/${rkey}`),
    keys,
  )
  assert.equal(new Set(keys).size, keys.length)
})

test('every scene is shown once, with words for those who do not see it', () => {
  const shown = visits.flatMap(({ photo }) => photo ?? [])
  assert.deepEqual(shown.map(({ scene }) => scene).toSorted(), [...sceneNames].toSorted())
  for (const { alt } of shown) assert.match(alt, /^Illustration: .{40,}\.$/)
})

/** A lexicon's schema wants CIDs as the data model has them, not as JSON writes them. */
function withRealLinks(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) => {
    return typeof part === 'object' && part !== null && '$link' in part ? CID.parse(String(part.$link)) : part
  })
}

function distanceKm(from: string, to: string): number {
  const [a, b] = [from, to].map((name) => landmarks.find((candidate) => candidate.name === name)!)
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const half =
    Math.sin(radians(b!.latitude - a!.latitude) / 2) ** 2 +
    Math.cos(radians(a!.latitude)) *
      Math.cos(radians(b!.latitude)) *
      Math.sin(radians(b!.longitude - a!.longitude) / 2) ** 2
  return 12_742 * Math.asin(Math.sqrt(half))
}
