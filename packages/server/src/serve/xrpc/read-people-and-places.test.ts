import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app } from '@waypost/lexicon'
import {
  account,
  cafe,
  checkedIn,
  called,
  didOf,
  followed,
  stayed,
  STORY_START_MS,
  uriOf,
  wrote,
} from '#project/given.ts'
import { getProfile } from './actor/getProfile.ts'
import { searchActors } from './actor/searchActors.ts'
import { get } from './place/get.ts'
import { search } from './place/search.ts'
import { answer, berlin, fault, first, people, serving } from './given-server.ts'

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
    ['Café Mitte', 2, 1, { checkinCount: 0, crownDays: 0, isSaved: false, lists: [] }],
  )
  assert.deepEqual(seen.refs, cafe.refs)
  assert.equal(fault(get({ place: 'osm:node/1' }, server.as('ana'))), 'PlaceNotFound')
})

test('place.get says where the viewer saved it, and how many tips there are', () => {
  const list = uriOf('ben', 'app.waypost.list', 'cakes')
  const saved = (createdAt: string) => ({ place: cafe, createdAt })
  using server = serving(
    checkedIn('ana', 'cafe'),
    wrote('ben', 'app.waypost.list', 'cakes', (createdAt) => ({ name: 'Cakes', createdAt })),
    wrote('ben', 'app.waypost.listItem', 'in it', (createdAt) => ({ ...saved(createdAt), list })),
    wrote('ben', 'app.waypost.listItem', 'in it twice', (createdAt) => ({ ...saved(createdAt), list })),
    wrote('cid', 'app.waypost.listItem', 'just so', saved),
    wrote('cid', 'app.waypost.tip', 'tip', (createdAt) => ({ place: cafe, text: 'Take the stairs', createdAt })),
    wrote('gone', 'app.waypost.tip', 'hidden', (createdAt) => ({ place: cafe, text: 'Take the lift', createdAt })),
    account('gone', 'deactivated'),
  )
  const seenBy = (viewer: string | undefined) =>
    answer(app.waypost.place.get.main, get({ place: 'osm:node/240109189' }, server.as(viewer)))
  assert.deepEqual(seenBy('ben').place.viewer, { checkinCount: 0, crownDays: 0, isSaved: false, lists: [list] })
  assert.deepEqual(seenBy('cid').place.viewer, { checkinCount: 0, crownDays: 0, isSaved: true, lists: [] })
  assert.equal(seenBy(undefined).place.viewer, undefined)
  assert.equal(seenBy(undefined).tipCount, 1)
})

test('place.get says how many days the viewer has towards the crown, and how many its mayor has', () => {
  const daysAgo = (days: number) => STORY_START_MS - days * 86_400_000
  using server = serving(
    stayed('ben', cafe, daysAgo(70)),
    stayed('ana', cafe, daysAgo(5)),
    stayed('ben', cafe, daysAgo(4)),
    stayed('ana', cafe, daysAgo(3)),
  )
  const seen = answer(app.waypost.place.get.main, get({ place: 'osm:node/240109189' }, server.as('ben')))
  assert.deepEqual([seen.mayor?.actor.did, seen.mayor?.days], [didOf('ana'), 2])
  assert.deepEqual([seen.place.viewer?.checkinCount, seen.place.viewer?.crownDays], [2, 1])
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

test('what a person likes and follows is found for taking it back', () => {
  using server = serving(...people, followed('ben', 'ana'))
  const { queries } = server.as(undefined)
  assert.equal(queries.likesOf(didOf('ben'), first).length, 1)
  assert.equal(queries.likesOf(didOf('ana'), first).length, 0)
  assert.equal(queries.followsOf(didOf('ben'), didOf('ana')).length, 1)
  assert.deepEqual(queries.counts(), { checkinCount: 1, personCount: 1, placeCount: 1 })
})

test('place.search forgives slips in names that only check-ins know, near by, and other letters for them anywhere', () => {
  const at = (name: string, latitude: string) => ({ place: { name, geo: { latitude, longitude: '13.4' } } })
  using server = serving(
    checkedIn('ana', 'one', at('Brunnenkiosk', '52.5')),
    checkedIn('ana', 'two', at('Aabenraa Kiosk', '48')),
    checkedIn('ana', 'three', at('すし太郎', '52.5')),
  )
  const found = (q: string, near: object = { latitude: '52.52', longitude: '13.4' }) =>
    answer(app.waypost.place.search.main, search({ limit: 20, q, ...near }, server.as(undefined))).places.map(
      ({ name }) => name,
    )
  assert.deepEqual(found('brunenkisok'), ['Brunnenkiosk'])
  assert.deepEqual(found('brunenkisok', {}), [])
  assert.deepEqual(found('Åbenrå', {}), ['Aabenraa Kiosk'])
  assert.deepEqual(found('スシ太郎'), ['すし太郎'])
})

test('place.search moves up where the viewer goes, by name, by position and before anything is asked', () => {
  const kiosk = (id: string, longitude: string) => ({
    place: {
      name: `Kiosk ${id}`,
      refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id }],
      geo: { latitude: '52.52', longitude },
    },
  })
  const [near, haunt, far] = [kiosk('1', '13.401'), kiosk('2', '13.4018'), kiosk('3', '13.6')]
  using server = serving(
    ...['a', 'b', 'c'].map((name) => checkedIn('ben', `near ${name}`, near)),
    ...['a', 'b', 'c', 'd'].map((name) => checkedIn('ana', `haunt ${name}`, haunt)),
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => checkedIn('ana', `far ${name}`, far)),
  )
  const first = (viewer: string | undefined, params: { q?: string; latitude?: string; longitude?: string }) =>
    answer(app.waypost.place.search.main, search({ limit: 20, ...params }, server.as(viewer))).places[0]?.name
  const here = { latitude: '52.52', longitude: '13.4' }
  for (const [params, others] of [
    [{ q: 'kiosk', ...here }, 'Kiosk 1'],
    [here, 'Kiosk 1'],
    [{ q: 'kisok', ...here }, 'Kiosk 1'],
  ] as const) {
    assert.deepEqual(
      [first('ana', params), first('ben', params), first(undefined, params)],
      ['Kiosk 2', others, others],
    )
  }
  assert.deepEqual([first('ana', {}), first('ben', {}), first(undefined, {})], ['Kiosk 3', 'Kiosk 1', 'Berlin'])
})
