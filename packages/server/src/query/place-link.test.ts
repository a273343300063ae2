import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import {
  account,
  didOf,
  given,
  refOf,
  removed,
  stayed,
  STORY_START_MS,
  uriOf,
  wrote,
  type Step,
} from '#project/given.ts'
import { refId } from '#project/place-id.ts'
import { buildDirectory } from './directory/build.ts'
import type { PlaceRef, SourcedPlace } from './directory/place-port.ts'
import { searchDirectory } from './directory/search.ts'
import { openQueries, type Queries } from './queries.ts'

/** The bar stands in two datasets under two names, sixty metres apart; only people know that it is one. */

const OSM: PlaceRef = { $type: 'app.waypost.checkin#osmRef', type: 'node', id: '7' } as const
const FSQ: PlaceRef = { $type: 'community.lexicon.location.fsq', fsq_place_id: 'a' } as const
const FAR: PlaceRef = { $type: 'app.waypost.checkin#osmRef', type: 'node', id: '8' } as const
const HOUR_MS = 3_600_000

function entry(source: string, name: string, ref: PlaceRef, latitude = 52.52): SourcedPlace {
  const about = { latitude, longitude: 13.405, refs: [ref], importance: 0.3, attribution: source }
  return { id: refId(ref)!, source, name, category: 'nightlife.bar', ...about }
}

const ENTRIES = [entry('osm', 'Zum Eck', OSM), entry('fsq', 'Eckkneipe', FSQ, 52.5205), entry('osm', 'Far', FAR, 52.6)]
const pub = { name: 'Zum Eck', refs: [OSM], geo: { latitude: '52.52', longitude: '13.405' } }
const corner = { name: 'Eckkneipe', refs: [FSQ], geo: { latitude: '52.5205', longitude: '13.405' } }
const far = { name: 'Far', refs: [FAR], geo: { latitude: '52.6', longitude: '13.405' } }
const [PUB, CORNER, DISTANT] = ['osm:node/7', 'fsq:a', 'osm:node/8']

const hours = (count: number): number => STORY_START_MS - count * HOUR_MS
const was = (who: string, place: object = pub, at = hours(who.length + 5)): Step => stayed(who, place, at)
const says = (who: string, place: object = pub, sameAs: object = corner, name = 'link'): Step =>
  wrote(who, 'app.waypost.placeLink', name, (createdAt) => ({ place, sameAs, createdAt }))
const takesBack = (who: string): Step => removed(who, 'app.waypost.placeLink', 'link')
/** Of somebody's own, where the pub is. */
const added = (who: string, name: string): Step =>
  wrote(who, 'app.waypost.place', name, (createdAt) => ({ name, geo: pub.geo, createdAt }))
const own = (who: string, name: string) => ({
  name,
  refs: [{ $type: 'com.atproto.repo.strongRef', ...refOf(uriOf(who, 'app.waypost.place', name)) }],
  geo: pub.geo,
})

function asking<Answer>(story: readonly Step[], ask: (queries: Queries) => Answer): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-link-'))
  const file = join(folder, 'directory.sqlite')
  buildDirectory({ file, source: 'test', places: ENTRIES })
  const directory = searchDirectory(new Database(file, { readonly: true }))
  using told = given(...story)
  try {
    using queries = openQueries({ readModel: told.readModel, directory })
    return ask(queries)
  } finally {
    directory.close()
    rmSync(folder, { recursive: true })
  }
}

const isOne = (story: readonly Step[], one: string = PUB, other: string = CORNER): boolean =>
  asking(story, (queries) => queries.place(one)?.id === queries.place(other)?.id)

const three = ['ana', 'ben', 'cid']
const believed = [...three.map((who) => was(who)), ...three.map((who) => says(who))]

test('two places of datasets become one when three people who were there say so, and are two again without one of them', () => {
  asking(believed, (queries) => {
    const place = queries.place(PUB)!
    assert.deepEqual([place.id, place.name, place.checkinCount, place.personCount], [PUB, 'Zum Eck', 3, 3])
    assert.deepEqual(place.refs, [OSM, FSQ])
    assert.equal(place.attribution, 'osm; fsq')
    assert.deepEqual(queries.place(CORNER), place)
    assert.deepEqual(queries.idsOf(CORNER), [PUB, CORNER])
  })
  assert.equal(isOne([...believed, takesBack('ben')]), false)
  assert.equal(isOne([...believed, account('cid', 'deactivated')]), false)
  assert.equal(isOne(believed.slice(0, -1)), false)
})

test('one who was at the other of the two counts as well, and it does not matter which is named first', () => {
  const story = [was('ana'), was('ben', corner), was('cid'), says('ana'), says('ben', corner, pub), says('cid')]
  assert.equal(isOne(story), true)
})

test('nobody counts twice, nor without having been there, nor by visits that cannot have been', () => {
  assert.equal(isOne([...believed.slice(0, -1), says('ben', corner, pub, 'again')]), false)
  assert.equal(isOne([was('ana'), was('ben'), ...three.map((who) => says(who))]), false)
  assert.equal(isOne([was('ana'), was('ben'), was('cid', far), ...three.map((who) => says(who))]), false)
  const elsewhere = stayed('cid', { name: 'Kiosk', geo: { latitude: '-36.8', longitude: '174.7' } }, hours(8) + 60_000)
  assert.equal(isOne([...believed, elsewhere]), false)
  const lying = stayed('cid', { ...pub, geo: { latitude: '48', longitude: '2' } }, hours(8))
  assert.equal(isOne([was('ana'), was('ben'), lying, ...three.map((who) => says(who))]), false)
})

test('what is far apart is not one place, whoever says so', () => {
  const story = three.flatMap((who) => [was(who), says(who, pub, far)])
  assert.equal(isOne(story, PUB, DISTANT), false)
  asking(story, (queries) => {
    assert.deepEqual(queries.placeLinks(PUB, undefined), [])
    assert.deepEqual(queries.canBeOne(PUB, DISTANT), { ok: false, error: 'TooFarApart' })
    assert.deepEqual(queries.canBeOne(PUB, PUB), { ok: false, error: 'SamePlace' })
    assert.deepEqual(queries.canBeOne(PUB, 'osm:node/404'), { ok: false, error: 'PlaceNotFound' })
    assert.deepEqual(queries.canBeOne(PUB, CORNER), { ok: true, value: undefined })
  })
})

test('who added a place is believed at once that it is another one, which keeps its name', () => {
  const story = [
    added('ana', 'Corner bar'),
    was('ben', own('ana', 'Corner bar')),
    says('ana', own('ana', 'Corner bar'), pub),
  ]
  const id = uriOf('ana', 'app.waypost.place', 'Corner bar')
  asking(story, (queries) => {
    const place = queries.place(id)!
    assert.deepEqual([place.id, place.name, place.checkinCount], [PUB, 'Zum Eck', 1])
    const [link] = queries.placeLinks(PUB, undefined)
    assert.deepEqual([link?.place.name, link?.persons, link?.isBelieved], ['Corner bar', 1, true])
  })
  assert.equal(isOne([...story, takesBack('ana')], PUB, id), false)
  assert.equal(isOne([...story.slice(0, -1), says('ben', own('ana', 'Corner bar'), pub)], PUB, id), false)
})

test('of two that people added, the one whose author says so becomes a part of the other, however it sorts', () => {
  for (const [author, other] of [
    ['ana', 'ben'],
    ['ben', 'ana'],
  ] as const) {
    const story = [added('ana', 'A'), added('ben', 'B')]
    const names = { ana: own('ana', 'A'), ben: own('ben', 'B') }
    asking([...story, says(author, names[other], names[author])], (queries) => {
      const ids = [names.ana, names.ben].map(({ refs }) => queries.place(refId(refs[0])!)?.name)
      assert.deepEqual(ids, [names[other].name, names[other].name])
    })
  }
})

test('nobody makes one place of two others by a place of their own', () => {
  const bridge = own('mal', 'Bridge')
  const story = [added('mal', 'Bridge'), says('mal', bridge, pub, 'one'), says('mal', bridge, corner, 'two')]
  assert.equal(isOne(story), false)
  const id = uriOf('mal', 'app.waypost.place', 'Bridge')
  const [first, last] = [uriOf('mal', 'l', 'one'), uriOf('mal', 'l', 'two')]
  // What they said last, by the keys of their records.
  assert.equal(isOne(story, id, PUB), first > last)
  assert.equal(isOne(story, id, CORNER), last > first)
  // A record of theirs that says to be the pub is the pub, for which they do not speak.
  const posing = wrote('mal', 'app.waypost.place', 'Posing', (createdAt) => ({
    name: 'Posing',
    geo: pub.geo,
    sameAs: [OSM],
    createdAt,
  }))
  assert.equal(isOne([posing, says('mal', own('mal', 'Posing'), corner)]), false)
})

test('a search and a cell show what has become one once, a page tells who says so, and who may take it back', () => {
  asking(believed, (queries) => {
    for (const text of ['Eck', 'Eckkneipe']) {
      const found = queries.searchPlaces({ text, near: { lat: 52.52, lon: 13.405 } }, { limit: 20 })
      assert(found.ok)
      assert.deepEqual(
        found.value.places.map(({ id }) => id),
        [PUB],
        text,
      )
    }
    const around = queries.searchPlaces({ near: { lat: 52.52, lon: 13.405 } }, { limit: 80 })
    assert(around.ok)
    assert.deepEqual(around.value.places.map(({ id }) => id).toSorted(), [PUB, DISTANT])
    const cell = queries.placesInCell('u33dc0', { limit: 100 })
    assert(cell.ok)
    const ids = cell.value.places.map(({ id }) => id)
    assert.ok(!ids.includes(CORNER))
    for (const id of [PUB, CORNER]) {
      const [link] = queries.placeLinks(id, didOf('ana'))
      assert.deepEqual(
        [link?.place.id, link?.place.name, link?.persons, link?.isBelieved, link?.viewerSaysSo],
        [CORNER, 'Eckkneipe', 3, true, true],
      )
    }
    assert.equal(queries.placeLinks(PUB, undefined)[0]?.viewerSaysSo, undefined)
    assert.equal(queries.placeLinks(PUB, didOf('dan'))[0]?.viewerSaysSo, false)
    assert.deepEqual(
      queries.linksBetween(didOf('ana'), CORNER, PUB).map(({ uri }) => uri),
      [uriOf('ana', 'app.waypost.placeLink', 'link')],
    )
    assert.deepEqual(queries.linksBetween(didOf('dan'), CORNER, PUB), [])
  })
})

test('a word that does not count shows to nobody but whoever said it', () => {
  asking([says('mal'), was('ben'), says('ben', pub, own('mal', 'nowhere'))], (queries) => {
    assert.deepEqual(queries.placeLinks(PUB, undefined), [])
    assert.deepEqual(queries.placeLinks(PUB, didOf('ana')), [])
    const [link] = queries.placeLinks(PUB, didOf('mal'))
    assert.deepEqual([link?.persons, link?.isBelieved, link?.viewerSaysSo], [0, false, true])
  })
})

test('what one person says of hundreds of places hides nothing of what three say', () => {
  const flood = Array.from({ length: 200 }, (_, nth) =>
    says('mal', pub, { name: `Spam ${nth}`, geo: pub.geo }, `spam ${nth}`),
  )
  assert.equal(isOne([...flood, ...believed]), true)
})
