import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app } from '@waypost/lexicon'
import type { Did } from '@waypost/kernel'
import { account, blocked, checkedIn, checkinUri, cidOf, commented, didOf, followed, wrote } from '#project/given.ts'
import { getProfile } from './actor/getProfile.ts'
import { searchActors } from './actor/searchActors.ts'
import { getActor } from './feed/getActor.ts'
import { getCheckin } from './feed/getCheckin.ts'
import { getGlobal } from './feed/getGlobal.ts'
import { getMap } from './feed/getMap.ts'
import { getNearby } from './feed/getNearby.ts'
import { getPlace } from './feed/getPlace.ts'
import { get } from './place/get.ts'
import { search } from './place/search.ts'
import { answer, berlin, fault, first, LIMIT, people, serving } from './given-server.ts'

test('getGlobal shows a check-in with all that it has', () => {
  using server = serving(...people)
  const { feed, cursor } = answer(app.waypost.feed.getGlobal.main, getGlobal(LIMIT, server.as('ben')))
  assert.equal(cursor, undefined)
  assert.equal(feed.length, 1)
  const { record, sortAt, ...rest } = feed[0]!
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
    with: [{ did: didOf('ben'), handle: 'ben.example' }],
    withPending: [didOf('ben')],
    position: {
      precision: 'area',
      location: { $type: 'community.lexicon.location.hthree', value: '881f1d4899fffff' },
    },
    visitedAt: '2025-12-31T23:00:00+01:00',
    createdAt: '2026-01-01T00:03:00.000Z',
    source: 'waypost',
    likeCount: 1,
    commentCount: 1,
    viewer: { like: rest.viewer?.like },
  })
  assert.match(rest.viewer?.like ?? '', new RegExp(`^at://${didOf('ben')}/community.lexicon.interaction.like/`))
  assert.equal(sortAt, '2025-12-31T22:00:00.000Z')
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

test('getPlace shows the check-ins of one place, and an empty page for one that only the directory knows', () => {
  using server = serving(checkedIn('ana', 'one'), checkedIn('ben', 'two'))
  const feedOf = (place: string) =>
    answer(app.waypost.feed.getPlace.main, getPlace({ place, ...LIMIT }, server.as(undefined))).feed.length
  assert.equal(feedOf('osm:node/240109189'), 2)
  assert.equal(feedOf(berlin.id), 0)
  assert.equal(fault(getPlace({ place: 'osm:node/1', ...LIMIT }, server.as(undefined))), 'PlaceNotFound')
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

test('getMap names the newest of every cell that one may see, also of those beyond the page', () => {
  const spot = (latitude: string, longitude: string) => ({ place: { name: 'Spot', geo: { latitude, longitude } } })
  using server = serving(
    checkedIn('ana', 'pole', spot('89.9', '10')),
    checkedIn('ana', 'lisbon', spot('38.72', '-9.14')),
    checkedIn('ben', 'lisbon later', spot('38.72', '-9.14')),
    checkedIn('ana', 'berlin', spot('52.52', '13.405')),
    checkedIn('ben', 'fiji', spot('-17.8', '179.9')),
    blocked('cid', 'ben'),
  )
  const world = { north: '90', south: '-90', west: '-180', east: '180', zoom: 4, limit: 1 }
  const newestFor = (viewer: string | undefined) => {
    const { cells, feed } = answer(app.waypost.feed.getMap.main, getMap(world, server.as(viewer)))
    assert.equal(feed.length, viewer === 'cid' ? 0 : 1)
    return new Set(cells.map(({ count, newest }) => `${count} ${newest}`))
  }
  const lisbon = (who: string, name: string) => `2 ${checkinUri(who, name)}`
  const others = ['pole', 'berlin'].map((name) => `1 ${checkinUri('ana', name)}`)
  assert.deepEqual(
    newestFor(undefined),
    new Set([...others, lisbon('ben', 'lisbon later'), `1 ${checkinUri('ben', 'fiji')}`]),
  )
  assert.deepEqual(newestFor('cid'), new Set([...others, lisbon('ana', 'lisbon'), '1 undefined']))
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

test('getPlace shows only the check-ins with photos, to whoever asks for those', () => {
  using server = serving(...people, checkedIn('ben', 'wordless'))
  const shown = (photos?: boolean) => {
    const params = { ...LIMIT, place: 'osm:node/240109189', photos }
    const { feed } = answer(app.waypost.feed.getPlace.main, getPlace(params, server.as('ben')))
    return feed.map(({ uri }) => uri)
  }
  assert.deepEqual(shown(), [checkinUri('ben', 'wordless'), first])
  assert.deepEqual(shown(false), [checkinUri('ben', 'wordless'), first])
  assert.deepEqual(shown(true), [first])
})
