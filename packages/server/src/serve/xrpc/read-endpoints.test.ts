import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { jsonToLex, type l } from '@atproto/lex'
import { app } from '@waypost/lexicon'
import type { Did, Result } from '@waypost/kernel'
import {
  account,
  blobOf,
  cafe,
  called,
  checkedIn,
  checkinUri,
  cidOf,
  commented,
  didOf,
  followed,
  given,
  liked,
  wrote,
  type Step,
} from '#project/given.ts'
import { buildDirectory } from '#query/directory/build.ts'
import type { DirectoryPlace } from '#query/directory/directory.ts'
import { searchDirectory } from '#query/directory/search.ts'
import { openQueries } from '#query/queries.ts'
import type { ReadContext, XrpcFault } from '#serve/handler.ts'
import { getProfile } from './actor/getProfile.ts'
import { searchActors } from './actor/searchActors.ts'
import { getActor } from './feed/getActor.ts'
import { getCheckin } from './feed/getCheckin.ts'
import { getGlobal } from './feed/getGlobal.ts'
import { getNearby } from './feed/getNearby.ts'
import { getPlace } from './feed/getPlace.ts'
import { get } from './place/get.ts'
import { search } from './place/search.ts'

const berlin: DirectoryPlace = {
  id: 'geonames:2950159',
  name: 'Berlin',
  category: 'town.capital',
  latitude: 52.52437,
  longitude: 13.41053,
  address: { country: 'DE' },
  refs: [{ $type: 'app.waypost.checkin#geonamesRef', id: '2950159' }],
  importance: 0.9,
  attribution: 'GeoNames, CC BY 4.0',
}

interface Server extends Disposable {
  as(viewer: string | undefined): ReadContext
}

function serving(...steps: readonly Step[]): Server {
  const story = given(...steps)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-directory-'))
  const file = join(folder, 'directory.sqlite')
  buildDirectory({ file, source: 'test', places: [berlin] })
  const directory = searchDirectory(new Database(file, { readonly: true }))
  const queries = openQueries({ readModel: story.readModel, directory })
  return {
    as: (viewer) => ({ queries, viewer: viewer === undefined ? undefined : didOf(viewer) }),
    [Symbol.dispose]() {
      queries[Symbol.dispose]()
      directory.close()
      rmSync(folder, { recursive: true })
      story[Symbol.dispose]()
    },
  }
}

interface Schema {
  readonly output: { readonly schema: l.Schema }
}

/** The answer as a client gets it; fails where the lexicon does not allow it. */
function answer<Output>({ output }: Schema, result: Result<Output, XrpcFault>): Output {
  assert.ok(result.ok, result.ok ? '' : `${result.error.error}: ${result.error.message}`)
  const json: unknown = JSON.parse(JSON.stringify(result.value))
  const parsed = output.schema.safeValidate(jsonToLex(json as never))
  assert.ok(parsed.success, parsed.success ? '' : parsed.reason.message)
  return json as Output
}

function fault(result: Result<unknown, XrpcFault>): string {
  assert.ok(!result.ok)
  return result.error.error
}

const LIMIT = { limit: 50 }
const first = checkinUri('ana', 'first')

const everything = (createdAt: string) => ({
  text: 'Moin @ben 🍰',
  facets: [
    {
      index: { byteStart: 5, byteEnd: 9 },
      features: [{ $type: 'app.bsky.richtext.facet#mention', did: didOf('ben') }],
    },
    { index: { byteStart: 11, byteEnd: 14 }, features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'cake' }] },
  ],
  photos: [{ image: blobOf('photo'), alt: 'Cake', aspectRatio: { width: 4, height: 3 } }],
  with: [didOf('ben'), didOf('stranger')],
  position: {
    precision: 'area',
    location: { $type: 'community.lexicon.location.hthree', value: '881f1d4899fffff' },
  },
  visitedAt: '2025-12-31T23:00:00+01:00',
  createdAt,
})

const people: readonly Step[] = [
  called('ana', 'ana.example'),
  wrote('ana', 'app.waypost.profile', 'self', (createdAt) => ({
    displayName: 'Ana Ölvar',
    avatar: blobOf('face'),
    home: cafe,
    createdAt,
  })),
  called('ben', 'ben.example'),
  wrote('ana', 'app.waypost.checkin', 'first', (createdAt) => ({ place: cafe, ...everything(createdAt) })),
  liked('ben', first),
  commented('ben', first, 'save me some'),
]

test('getGlobal shows a check-in with all that it has', () => {
  using server = serving(...people)
  const { feed, cursor } = answer(app.waypost.feed.getGlobal.main, getGlobal(LIMIT, server.as('ben')))
  assert.equal(cursor, undefined)
  assert.equal(feed.length, 1)
  const { record, sortAt, createdAt, ...rest } = feed[0]!
  const ana = didOf('ana')
  const face = cidOf(Buffer.from('face'), 'blob')
  const photo = cidOf(Buffer.from('photo'), 'blob')
  assert.deepEqual(rest, {
    uri: first,
    cid: rest.cid,
    author: { did: ana, handle: 'ana.example', displayName: 'Ana Ölvar', avatar: `/img/avatar/${ana}/${face}` },
    place: {
      id: 'osm:node/240109189',
      name: 'Café Mitte',
      category: 'food.cafe',
      geo: { latitude: '52.52000', longitude: '13.40500' },
      address: { country: 'DE', locality: 'Berlin' },
    },
    text: 'Moin @ben 🍰',
    facets: [
      {
        index: { byteStart: 5, byteEnd: 9 },
        features: [{ $type: 'app.bsky.richtext.facet#mention', did: didOf('ben') }],
      },
    ],
    photos: [
      {
        thumb: `/img/thumb/${ana}/${photo}`,
        fullsize: `/img/full/${ana}/${photo}`,
        alt: 'Cake',
        aspectRatio: { width: 4, height: 3 },
      },
    ],
    with: [
      { did: didOf('ben'), handle: 'ben.example' },
      { did: didOf('stranger'), handle: 'handle.invalid' },
    ],
    position: {
      precision: 'area',
      location: { $type: 'community.lexicon.location.hthree', value: '881f1d4899fffff' },
    },
    visitedAt: '2025-12-31T23:00:00+01:00',
    source: 'waypost',
    likeCount: 1,
    commentCount: 1,
    viewer: { like: rest.viewer?.like },
  })
  assert.match(rest.viewer?.like ?? '', new RegExp(`^at://${didOf('ben')}/community.lexicon.interaction.like/`))
  assert.equal(sortAt, createdAt)
  assert.deepEqual((record as { with: unknown }).with, [didOf('ben'), didOf('stranger')])
  assert.deepEqual((record as { photos: { image: { ref: unknown } }[] }).photos[0]?.image.ref, { $link: photo })
})

test('nobody signed in, nothing said of a viewer', () => {
  using server = serving(...people)
  const { feed } = answer(app.waypost.feed.getGlobal.main, getGlobal(LIMIT, server.as(undefined)))
  assert.ok(!('viewer' in feed[0]!))
})

test('pages of a feed are the whole feed, each check-in once, newest first', () => {
  const same = '2026-01-01T00:00:00Z'
  const steps = Array.from({ length: 13 }, (_, index) =>
    checkedIn(index % 2 ? 'ana' : 'ben', `visit ${index}`, index < 6 ? { createdAt: same } : {}),
  )
  using server = serving(...steps)
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = answer(app.waypost.feed.getGlobal.main, getGlobal({ limit: 4, cursor }, server.as(undefined)))
    seen.push(...page.feed.map(({ uri }) => uri))
    cursor = page.cursor
  } while (cursor !== undefined)
  assert.equal(seen.length, 13)
  assert.equal(new Set(seen).size, 13)
  const whole = answer(app.waypost.feed.getGlobal.main, getGlobal(LIMIT, server.as(undefined)))
  assert.deepEqual(
    seen,
    whole.feed.map(({ uri }) => uri),
  )
  assert.equal(seen[0], checkinUri('ben', 'visit 12'))
})

test('a cursor of another list, or of nobody, is refused', () => {
  using server = serving(checkedIn('ana', 'one'), checkedIn('ana', 'two'))
  const context = server.as(undefined)
  const { cursor } = answer(app.waypost.feed.getGlobal.main, getGlobal({ limit: 1 }, context))
  assert.ok(cursor !== undefined)
  assert.equal(fault(getActor({ actor: didOf('ana'), limit: 1, cursor }, context)), 'InvalidCursor')
  assert.equal(fault(getGlobal({ limit: 1, cursor: 'rubbish' }, context)), 'InvalidCursor')
  assert.equal(fault(getGlobal({ limit: 1, cursor: '%%' }, context)), 'InvalidCursor')
  assert.equal(fault(getCheckin({ uri: checkinUri('ana', 'one'), limit: 1, cursor }, context)), 'InvalidCursor')
  assert.equal(fault(search({ limit: 1, cursor }, context)), 'InvalidCursor')
  assert.equal(fault(searchActors({ q: 'a', limit: 1, cursor }, context)), 'InvalidCursor')
})

test('getActor knows people by DID and by handle, however it is written', () => {
  using server = serving(...people, checkedIn('ben', 'other'))
  const context = server.as(undefined)
  for (const actor of [didOf('ana'), 'ana.example', 'ANA.Example'] as const) {
    const { feed } = answer(app.waypost.feed.getActor.main, getActor({ actor: actor as Did, ...LIMIT }, context))
    assert.deepEqual(
      feed.map(({ uri }) => uri),
      [first],
    )
  }
  assert.equal(fault(getActor({ actor: 'nobody.example', ...LIMIT }, context)), 'ActorNotFound')
  assert.equal(fault(getProfile({ actor: didOf('stranger') }, context)), 'ActorNotFound')
})

test('a handle belongs to whoever claimed it last', () => {
  using server = serving(called('old', 'name.example'), called('new', 'name.example'))
  const context = server.as(undefined)
  const profile = answer(app.waypost.actor.getProfile.main, getProfile({ actor: 'name.example' }, context))
  assert.equal(profile.did, didOf('new'))
  const old = answer(app.waypost.actor.getProfile.main, getProfile({ actor: didOf('old') }, context))
  assert.equal(old.handle, 'handle.invalid')
})

test('getProfile counts what is visible', () => {
  const elsewhere = {
    place: { name: 'Kiosk', geo: { latitude: '48.2', longitude: '16.37' }, address: { country: 'at' } },
  }
  using server = serving(
    ...people,
    checkedIn('ana', 'second', elsewhere),
    checkedIn('ana', 'third', elsewhere),
    followed('ben', 'ana'),
    followed('gone', 'ana'),
    account('gone', 'deactivated'),
    followed('ana', 'ben'),
    followed('ana', 'gone'),
  )
  const profile = answer(app.waypost.actor.getProfile.main, getProfile({ actor: didOf('ana') }, server.as('ben')))
  const { checkinCount, placeCount, countryCount, photoCount, followerCount, followCount } = profile
  assert.deepEqual([checkinCount, placeCount, countryCount, photoCount, followerCount, followCount], [3, 2, 2, 1, 1, 1])
  assert.equal(profile.home?.name, 'Café Mitte')
  assert.match(profile.viewer?.following ?? '', new RegExp(`^at://${didOf('ben')}/app.bsky.graph.follow/`))
  assert.match(profile.viewer?.followedBy ?? '', new RegExp(`^at://${didOf('ana')}/app.bsky.graph.follow/`))
  assert.ok(profile.firstCheckinAt! < profile.lastCheckinAt!)
})

test('searchActors finds the beginning of a handle and of words in the display name', () => {
  using server = serving(...people)
  const found = (q: string) =>
    answer(app.waypost.actor.searchActors.main, searchActors({ q, limit: 20 }, server.as('ben'))).actors.map(
      ({ did }) => did,
    )
  assert.deepEqual(found('@an'), [didOf('ana')])
  assert.deepEqual(found('olv'), [didOf('ana')])
  assert.deepEqual(found('be'), [didOf('ben')])
  assert.deepEqual(found('example'), [])
  assert.deepEqual(found('"*'), [])
})

test('searchActors pages through everyone once', () => {
  using server = serving(...['anab', 'anac', 'anad', 'anae', 'anaf'].map((who) => called(who, `${who}.example`)))
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = answer(
      app.waypost.actor.searchActors.main,
      searchActors({ q: 'ana', limit: 2, cursor }, server.as(undefined)),
    )
    seen.push(...page.actors.map(({ handle }) => handle))
    cursor = page.cursor
  } while (cursor !== undefined)
  assert.equal(new Set(seen).size, 5)
  assert.equal(seen.length, 5)
})

test('getCheckin shows comments oldest first, in pages', () => {
  using server = serving(...people, commented('ana', first, 'too late'), commented('cid', first, 'pity'))
  const context = server.as(undefined)
  const one = answer(app.waypost.feed.getCheckin.main, getCheckin({ uri: first, limit: 2 }, context))
  assert.deepEqual(
    one.comments.map(({ text }) => text),
    ['save me some', 'too late'],
  )
  assert.equal(one.checkin.commentCount, 3)
  const two = answer(
    app.waypost.feed.getCheckin.main,
    getCheckin({ uri: first, limit: 2, cursor: one.cursor }, context),
  )
  assert.deepEqual(
    two.comments.map(({ text }) => text),
    ['pity'],
  )
  assert.equal(two.cursor, undefined)
  assert.equal(fault(getCheckin({ uri: checkinUri('ana', 'none'), limit: 2 }, context)), 'NotFound')
})

test('whoever is away is in no answer, and neither is what they said or liked', () => {
  using server = serving(
    ...people,
    checkedIn('ben', 'bens'),
    followed('ben', 'ana'),
    account('ben', 'takendown'),
    checkedIn('cid', 'third', { with: [didOf('ben'), didOf('ana')] }),
  )
  const context = server.as('ana')
  const { feed } = answer(app.waypost.feed.getGlobal.main, getGlobal(LIMIT, context))
  assert.deepEqual(
    feed.map(({ uri, likeCount, commentCount }) => [uri, likeCount, commentCount]),
    [
      [checkinUri('cid', 'third'), 0, 0],
      [first, 0, 0],
    ],
  )
  assert.deepEqual(
    feed.flatMap((checkin) => checkin.with ?? []).map(({ did }) => did),
    [didOf('ana'), didOf('stranger')],
  )
  assert.equal(
    answer(app.waypost.feed.getCheckin.main, getCheckin({ uri: first, ...LIMIT }, context)).comments.length,
    0,
  )
  assert.equal(fault(getCheckin({ uri: checkinUri('ben', 'bens'), ...LIMIT }, context)), 'NotFound')
  assert.equal(fault(getProfile({ actor: didOf('ben') }, context)), 'ActorNotFound')
  assert.deepEqual(
    answer(app.waypost.actor.searchActors.main, searchActors({ q: 'ben', limit: 5 }, context)).actors,
    [],
  )
  const place = answer(app.waypost.place.get.main, get({ place: 'osm:node/240109189' }, context)).place
  assert.deepEqual([place.checkinCount, place.personCount], [2, 2])
  const profile = answer(app.waypost.actor.getProfile.main, getProfile({ actor: didOf('ana') }, context))
  assert.equal(profile.followerCount, 0)
})

test('place.get knows the directory, the check-ins, and both together', () => {
  using server = serving(
    checkedIn('ana', 'town', { place: { name: 'My Berlin', refs: berlin.refs } }),
    checkedIn('ana', 'cafe'),
    checkedIn('ana', 'cafe again'),
  )
  const town = answer(app.waypost.place.get.main, get({ place: berlin.id }, server.as('ana'))).place
  assert.deepEqual([town.name, town.checkinCount, town.viewer?.checkinCount], ['Berlin', 1, 1])
  assert.equal(town.attribution, berlin.attribution)
  const seen = answer(app.waypost.place.get.main, get({ place: 'osm:node/240109189' }, server.as('ben'))).place
  assert.deepEqual(
    [seen.name, seen.checkinCount, seen.personCount, seen.viewer],
    ['Café Mitte', 2, 1, { checkinCount: 0 }],
  )
  assert.deepEqual(seen.refs, cafe.refs)
  assert.equal(fault(get({ place: 'osm:node/1' }, server.as('ana'))), 'PlaceNotFound')
})

test('getPlace shows the check-ins of one place, and an empty page for one that only the directory knows', () => {
  using server = serving(checkedIn('ana', 'one'), checkedIn('ben', 'two'))
  const feedOf = (place: string) =>
    answer(app.waypost.feed.getPlace.main, getPlace({ place, ...LIMIT }, server.as(undefined))).feed.length
  assert.equal(feedOf('osm:node/240109189'), 2)
  assert.equal(feedOf(berlin.id), 0)
  assert.equal(fault(getPlace({ place: 'osm:node/1', ...LIMIT }, server.as(undefined))), 'PlaceNotFound')
})

test('place.search finds by name and by position, in the directory and among what people were at', () => {
  using server = serving(
    checkedIn('ana', 'cafe'),
    checkedIn('ana', 'town', { place: { name: 'B', refs: berlin.refs } }),
  )
  const found = (params: { q?: string; latitude?: string; longitude?: string }) =>
    answer(app.waypost.place.search.main, search({ limit: 20, ...params }, server.as('ana'))).places
  assert.deepEqual(
    found({ q: 'mit' }).map(({ name }) => name),
    ['Café Mitte'],
  )
  assert.deepEqual(
    found({ q: 'ber' }).map(({ name, checkinCount }) => [name, checkinCount]),
    [['Berlin', 1]],
  )
  const near = found({ latitude: '52.5201', longitude: '13.405' })
  assert.deepEqual(
    near.map(({ name }) => name),
    ['Café Mitte', 'Berlin'],
  )
  assert.equal(near[0]?.distance, 11)
  assert.equal(found({ q: 'nothing like this' }).length, 0)
  assert.equal(found({}).length, 2)
  assert.equal(fault(search({ limit: 5, latitude: '1' }, server.as('ana'))), 'InvalidArea')
  assert.equal(fault(search({ limit: 5, latitude: '91', longitude: '1' }, server.as('ana'))), 'InvalidArea')
})

test('getNearby takes a box, one across the antimeridian, or a circle', () => {
  const spot = (latitude: string, longitude: string) => ({ place: { name: 'Spot', geo: { latitude, longitude } } })
  using server = serving(
    checkedIn('ana', 'berlin', spot('52.52', '13.405')),
    checkedIn('ana', 'potsdam', spot('52.39', '13.06')),
    checkedIn('ana', 'fiji', spot('-17.8', '179.9')),
    checkedIn('ana', 'taveuni', spot('-16.8', '-179.9')),
    checkedIn('ana', 'pole', spot('-89.99', '10')),
  )
  const names = ['berlin', 'potsdam', 'fiji', 'taveuni', 'pole']
  const found = (params: object) =>
    answer(app.waypost.feed.getNearby.main, getNearby({ ...LIMIT, ...params }, server.as(undefined))).feed.map(
      ({ uri }) => names.find((name) => checkinUri('ana', name) === uri),
    )
  assert.deepEqual(found({ north: '53', south: '52', west: '13', east: '14' }), ['potsdam', 'berlin'])
  assert.deepEqual(found({ north: '0', south: '-30', west: '179', east: '-179' }), ['taveuni', 'fiji'])
  assert.deepEqual(found({ latitude: '52.52', longitude: '13.4', radius: 1_000 }), ['berlin'])
  assert.deepEqual(found({ latitude: '-17.8', longitude: '-179.95', radius: 20_000 }), ['fiji'])
  assert.deepEqual(found({ latitude: '-90', longitude: '0', radius: 2_000 }), ['pole'])
  for (const params of [
    {},
    { north: '1', south: '0', west: '0' },
    { north: '0', south: '1', west: '0', east: '1' },
    { north: '1', south: '0', west: '0', east: '181' },
    { latitude: '91', longitude: '10', radius: 5 },
    { latitude: '1', longitude: '1' },
    { latitude: '1', longitude: '1', radius: 5, north: '1' },
    { latitude: 'x', longitude: '1', radius: 5 },
  ]) {
    assert.equal(fault(getNearby({ ...LIMIT, ...params }, server.as(undefined))), 'InvalidArea')
  }
})

test('getNearby pages through years without missing any', () => {
  const at = (index: number) => new Date(Date.UTC(2010 + index, 5, 1)).toISOString()
  using server = serving(
    ...Array.from({ length: 15 }, (_, index) => checkedIn('ana', `visit ${index}`, { createdAt: at(index) })),
  )
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = answer(
      app.waypost.feed.getNearby.main,
      getNearby({ limit: 4, cursor, latitude: '52.52', longitude: '13.405', radius: 500 }, server.as(undefined)),
    )
    seen.push(...page.feed.map(({ sortAt }) => sortAt))
    cursor = page.cursor
  } while (cursor !== undefined)
  assert.deepEqual(
    seen,
    Array.from({ length: 15 }, (_, index) => at(14 - index)),
  )
})

test('an image is visible on what shows it and no longer', () => {
  const photo = cidOf(Buffer.from('photo'), 'blob')
  using server = serving(...people)
  const { queries } = server.as(undefined)
  assert.deepEqual(queries.visiblePhoto(didOf('ana'), photo), { on: 'checkin', mediaType: 'image/jpeg' })
  assert.equal(queries.visiblePhoto(didOf('ana'), cidOf(Buffer.from('face'), 'blob'))?.on, 'avatar')
  assert.equal(queries.visiblePhoto(didOf('ben'), photo), undefined)
  using hidden = serving(...people, account('ana', 'suspended'))
  assert.equal(hidden.as(undefined).queries.visiblePhoto(didOf('ana'), photo), undefined)
  assert.equal(hidden.as(undefined).queries.visiblePhoto(didOf('ana'), cidOf(Buffer.from('face'), 'blob')), undefined)
})

test('check-ins of Anchor and BeaconBits stand beside ours', () => {
  using server = serving(
    wrote('ana', 'app.dropanchor.checkin', 'anchor', (createdAt) => ({
      text: 'Ahoy',
      createdAt,
      address: { name: 'Klimatika', country: 'DE' },
      geo: { latitude: '52.0808732', longitude: '4.3629474' },
    })),
    wrote('ben', 'app.beaconbits.beacon', 'beacon', (createdAt) => ({
      venueUri: 'osm://node/240109189',
      venueName: 'Café Mitte',
      visibility: 'public',
      shout: 'Yum',
      createdAt,
    })),
  )
  const { feed } = answer(app.waypost.feed.getGlobal.main, getGlobal(LIMIT, server.as(undefined)))
  assert.deepEqual(
    feed.map(({ source, text, place }) => [source, text, place.name]),
    [
      ['beaconbits', 'Yum', 'Café Mitte'],
      ['anchor', 'Ahoy', 'Klimatika'],
    ],
  )
})

test('what a person likes and follows is found for taking it back', () => {
  using server = serving(...people, followed('ben', 'ana'))
  const { queries } = server.as(undefined)
  assert.equal(queries.likesOf(didOf('ben'), first).length, 1)
  assert.equal(queries.likesOf(didOf('ana'), first).length, 0)
  assert.equal(queries.followsOf(didOf('ben'), didOf('ana')).length, 1)
  assert.deepEqual(queries.counts(), { checkinCount: 1, personCount: 1, placeCount: 1 })
})
