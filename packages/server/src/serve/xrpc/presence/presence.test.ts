import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app } from '@waypost/lexicon'
import { simWorld } from '@waypost/kernel/sim'
import { cafe, called, checkedIn, checkinUri, didOf, followed, STORY_START_MS, type Step } from '#project/given.ts'
import { ownRecords } from '#serve/own-records.ts'
import { createHereNow } from '#serve/presence/here-now.ts'
import { createPresences, PRESENT_MS } from '#serve/presence/presences.ts'
import { answer, fault, serving } from '#serve/xrpc/given-server.ts'
import { enter } from './enter.ts'
import { getHereNow } from './getHereNow.ts'
import { leave } from './leave.ts'

const CAFE = 'osm:node/240109189'
const PEOPLE_MAX = 3

const story: readonly Step[] = [
  called('ana', 'ana.example'),
  called('ben', 'ben.example'),
  checkedIn('ana', 'cafe'),
  checkedIn('ben', 'cafe'),
  checkedIn('ben', 'nowhere', { place: { name: 'Somewhere' } }),
  followed('ana', 'ben'),
  followed('ben', 'ana'),
]

function here(...more: readonly Step[]) {
  const world = simWorld({ startMs: STORY_START_MS + 3_600_000 })
  const server = serving(...story, ...more)
  const { queries } = server.as(undefined)
  let full = 0
  const presences = createPresences({ writer: 'a', peopleMax: PEOPLE_MAX })
  const hereNow = createHereNow(world, { presences, queries, full: () => full++ })
  const enters = enter({ world, own: ownRecords(queries) }, hereNow)
  const ask = getHereNow(presences)
  const leaves = leave(hereNow)
  const member = (who: string) => ({ did: didOf(who), handle: `${who}.example` as const })
  return {
    world,
    presences,
    full: () => full,
    enter: (who: string, checkin: string) => enters({ checkin: checkin as never }, member(who)),
    leave: (who: string) => leaves({}, member(who)),
    ask: (viewer: string | undefined, place = CAFE) =>
      ask({ place }, { ...server.as(viewer), now: world.clock.now(), signedIn: undefined }),
    [Symbol.dispose]: server[Symbol.dispose],
  }
}

const at = (minutes: number): string => new Date(STORY_START_MS + minutes * 60_000).toISOString()

test('friends see who is here, since when and by which check-in; one sees oneself, and until when', async () => {
  using server = here()
  const entered = answer(app.waypost.presence.enter.main, await server.enter('ana', checkinUri('ana', 'cafe')))
  assert.equal(entered.until, at(122))
  const { people, viewer } = answer(app.waypost.presence.getHereNow.main, server.ask('ben'))
  assert.deepEqual(people, [
    { actor: { did: didOf('ana'), handle: 'ana.example' }, since: at(2), checkin: checkinUri('ana', 'cafe') },
  ])
  assert.equal(viewer, undefined)
  assert.deepEqual(answer(app.waypost.presence.getHereNow.main, server.ask('ana')), {
    people: [],
    viewer: { since: at(2), until: at(122) },
  })
  assert.deepEqual(answer(app.waypost.presence.getHereNow.main, server.ask(undefined)), { people: [] })
  assert.deepEqual(answer(app.waypost.presence.leave.main, await server.leave('ana')), { isHere: false })
  assert.deepEqual(answer(app.waypost.presence.getHereNow.main, server.ask('ben')), { people: [] })
})

test('a check-in that its author alone may see is not told, though they are', async () => {
  const labels = { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: '!hide' }] }
  using server = here(checkedIn('ana', 'cafe', { labels }))
  await server.enter('ana', checkinUri('ana', 'cafe'))
  const { people } = answer(app.waypost.presence.getHereNow.main, server.ask('ben'))
  assert.deepEqual(people, [{ actor: { did: didOf('ana'), handle: 'ana.example' }, since: at(7) }])
})

test('only a check-in of one’s own says where one is, and only where that is a place with a page', async () => {
  using server = here()
  assert.equal(fault(await server.enter('ana', checkinUri('ben', 'cafe'))), 'NotFound')
  assert.equal(fault(await server.enter('ana', checkinUri('ana', 'none'))), 'NotFound')
  assert.equal(fault(await server.enter('ben', checkinUri('ben', 'nowhere'))), 'NotHere')
  assert.equal(fault(server.ask('ana', 'osm:node/1')), 'PlaceNotFound')
})

test('a check-in says it no more after two hours, or once there is a later one elsewhere', async () => {
  using server = here(checkedIn('ana', 'bar', { place: { ...cafe, refs: [], name: 'Bar' } }))
  assert.equal(fault(await server.enter('ana', checkinUri('ana', 'cafe'))), 'NotHere')
  assert.equal((await server.enter('ana', checkinUri('ana', 'bar'))).ok, true)
  await server.world.advance(PRESENT_MS)
  assert.equal(fault(await server.enter('ana', checkinUri('ana', 'bar'))), 'NotHere')
})

test('beyond as many people as are remembered one is told so, and it is counted', async () => {
  using server = here()
  for (const who of ['u', 'v', 'w']) {
    const now = server.world.clock.now()
    server.presences.enter(didOf(who), { checkin: checkinUri(who, 'x'), place: CAFE, sinceMs: now }, now)
  }
  assert.equal(fault(await server.enter('ana', checkinUri('ana', 'cafe'))), 'TooManyPresent')
  assert.equal(server.full(), 1)
})

test('whoever begins to be somewhere again and again waits; leaving never does', async () => {
  using server = here()
  for (let times = 0; times < 60; times++) assert.ok((await server.enter('ana', checkinUri('ana', 'cafe'))).ok)
  assert.equal(fault(await server.enter('ana', checkinUri('ana', 'cafe'))), 'RateLimitExceeded')
  for (let times = 0; times < 100; times++) assert.ok((await server.leave('ana')).ok)
  await server.world.advance(60_000)
  assert.ok((await server.enter('ana', checkinUri('ana', 'cafe'))).ok)
})
