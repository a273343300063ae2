import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app } from '@waypost/lexicon'
import { checkedIn, didOf, stayed, STORY_START_MS, wrote } from '#project/given.ts'
import type { PlaceRef, SourcedPlace } from '#query/directory/place-port.ts'
import { ownRecords } from '#serve/own-records.ts'
import { getPlace } from './feed/getPlace.ts'
import { searchCheckins } from './feed/searchCheckins.ts'
import { getMayorships } from './game/getMayorships.ts'
import { getSaved } from './list/getSaved.ts'
import { get } from './place/get.ts'
import { search } from './place/search.ts'
import { getTips } from './tip/getTips.ts'
import { answer, servingPlaces } from './given-server.ts'

/** One café in three sources: everything about it is on one page, by whichever of its ids that is asked for. */

const OSM: PlaceRef = { $type: 'app.waypost.checkin#osmRef', type: 'node', id: '7' }
const FSQ: PlaceRef = { $type: 'community.lexicon.location.fsq', fsq_place_id: 'a' }
const WOF_ID = 'geo:52.520,13.406/zum-eck'
const IDS = ['osm:node/7', 'fsq:a', WOF_ID]

function entry(id: string, source: string, more: Partial<SourcedPlace>): SourcedPlace {
  const about = { category: 'nightlife.bar', latitude: 52.52, longitude: 13.4055, importance: 0.2, attribution: source }
  return { id, source, name: 'Zum Eck', refs: [], ...about, ...more }
}

const ENTRIES = [
  entry('osm:node/7', 'osm', { refs: [OSM] }),
  entry('fsq:a', 'fsq', { refs: [FSQ], name: 'ZUM ECK' }),
  entry(WOF_ID, 'wof', { longitude: 13.406 }),
]
const byOsm = { name: 'Zum Eck', refs: [OSM], geo: { latitude: '52.52', longitude: '13.4055' } }
const byFsq = { ...byOsm, refs: [FSQ] }
const byPoint = { ...byOsm, refs: [], geo: { latitude: '52.52', longitude: '13.406' } }
const HOUR_MS = 3_600_000
const hours = (count: number) => STORY_START_MS - count * HOUR_MS

const STORY = [
  stayed('ana', byOsm, hours(100)),
  stayed('ben', byFsq, hours(80)),
  stayed('ben', byFsq, hours(50)),
  stayed('ana', byPoint, hours(10)),
  checkedIn('ana', 'elsewhere'),
  ...[byOsm, byFsq].map((place, nth) =>
    wrote('ana', 'app.waypost.tip', `tip ${nth}`, (createdAt) => ({ place, text: `${nth}`, createdAt })),
  ),
  wrote('ana', 'app.waypost.listItem', 'saved', (createdAt) => ({ place: byFsq, createdAt })),
]

function serving() {
  return servingPlaces(ENTRIES, STORY)
}

test('a page shows the same by every id of the place: counts, visits, feed, tips, and search for check-ins', () => {
  using server = serving()
  const context = server.as('ana')
  for (const place of IDS) {
    const page = answer(app.waypost.place.get.main, get({ place }, context)).place
    assert.deepEqual(
      [page.id, page.checkinCount, page.personCount, page.viewer?.checkinCount, page.attribution],
      ['osm:node/7', 4, 2, 2, 'osm; fsq; wof'],
      place,
    )
    assert.deepEqual(page.refs, [OSM, FSQ])
    const feed = answer(app.waypost.feed.getPlace.main, getPlace({ place, limit: 3 }, context))
    const rest = answer(app.waypost.feed.getPlace.main, getPlace({ place, limit: 3, cursor: feed.cursor }, context))
    assert.deepEqual(
      [...feed.feed, ...rest.feed].map(({ author }) => author.did),
      ['ana', 'ben', 'ben', 'ana'].map(didOf),
    )
    const tips = answer(app.waypost.tip.getTips.main, getTips({ place, limit: 10 }, context)).tips
    assert.deepEqual(
      tips.map(({ text }) => text),
      ['1', '0'],
    )
    const found = answer(app.waypost.feed.searchCheckins.main, searchCheckins({ place, limit: 10 }, context))
    assert.equal(found.feed.length, 4)
  }
})

test('of the crowns of its ids the place shows the one with the most days', () => {
  using server = serving()
  for (const place of IDS) {
    const { mayor } = answer(app.waypost.place.get.main, get({ place }, server.as(undefined)))
    assert.deepEqual([mayor?.actor.did, mayor?.days], [didOf('ben'), 2])
  }
  const crowns = answer(
    app.waypost.game.getMayorships.main,
    getMayorships({ actor: didOf('ben'), limit: 10 }, server.as(undefined)),
  ).crowns
  assert.deepEqual(
    crowns.map(({ place }) => place.id),
    ['osm:node/7'],
  )
})

test('what was saved by one id is saved, and taken back, by any', () => {
  using server = serving()
  const { queries } = server.as('ana')
  const saved = answer(app.waypost.list.getSaved.main, getSaved({ actor: didOf('ana'), limit: 10 }, server.as('ana')))
  assert.deepEqual(
    saved.items.map(({ place }) => place.id),
    ['osm:node/7'],
  )
  for (const place of IDS) assert.equal(ownRecords(queries).saves(didOf('ana'), place).length, 1)
})

test('a search shows the place once, by name and by position', () => {
  using server = serving()
  for (const params of [{ q: 'zum eck' }, { latitude: '52.52', longitude: '13.4055' }]) {
    const { places } = answer(app.waypost.place.search.main, search({ limit: 20, ...params }, server.as('ana')))
    const found = places.filter(({ name }) => name === 'Zum Eck')
    assert.deepEqual(
      found.map(({ id, checkinCount, viewer }) => [id, checkinCount, viewer?.checkinCount]),
      [['osm:node/7', 4, 2]],
    )
  }
})
