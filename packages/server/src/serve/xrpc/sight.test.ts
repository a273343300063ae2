import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import {
  account,
  blobOf,
  blocked,
  cafe,
  called,
  checkedIn,
  checkinUri,
  commented,
  didOf,
  followed,
  refOf,
  removed,
  stayed,
  STORY_START_MS,
  uriOf,
  wrote,
  type Step,
} from '#project/given.ts'
import { serving } from './given-server.ts'
import { createPresences } from '#serve/presence/presences.ts'
import type { QueryMethod } from './method.ts'
import { allMethods } from './methods.ts'

/**
 * Nobody sees what they may not see, whatever they ask. One person, whose every word has a mark in it; a viewer; and
 * every reason for which the one is hidden from the other, tried on every endpoint there is.
 */

const MARK = /unseen/i

const mal: readonly Step[] = [
  called('mal', 'unseen.example'),
  wrote('mal', 'app.waypost.profile', 'self', (createdAt) => ({ displayName: 'Mal Unseen', createdAt })),
  called('ben', 'ben.example'),
  checkedIn('ben', 'own', { with: [didOf('mal')] }),
  checkedIn('mal', 'visit', {
    text: 'unseen words',
    langs: ['en'],
    photos: [{ image: blobOf('photo'), alt: 'unseen' }],
    with: [didOf('ben')],
  }),
  commented('mal', checkinUri('ben', 'own'), 'unseen remark'),
  // The mayor of the café, who was there a year ago as well.
  ...[1, 2, 365].map((days) => stayed('mal', cafe, STORY_START_MS - days * 86_400_000, { text: 'unseen words' })),
  wrote('mal', 'app.waypost.tip', 'tip', (createdAt) => ({ place: cafe, text: 'unseen advice', createdAt })),
  wrote('mal', 'app.waypost.list', 'list', (createdAt) => ({ name: 'unseen list', createdAt })),
  wrote('mal', 'app.waypost.listItem', 'item', (createdAt) => ({ place: cafe, note: 'unseen note', createdAt })),
  followed('ben', 'mal'),
  followed('mal', 'ben'),
]

/** What is asked of each endpoint so that its answer would show them; or that it speaks of nobody. */
const ASKED: Readonly<Record<string, object | 'speaks of nobody'>> = {
  'app.waypost.actor.getProfile': { actor: 'unseen.example' },
  'app.waypost.actor.getSession': 'speaks of nobody',
  'app.waypost.actor.searchActors': { q: 'unseen', limit: 50 },
  'app.waypost.actor.getHistory': { actor: 'unseen.example' },
  'app.waypost.actor.getOnThisDay': { actor: 'unseen.example' },
  'app.waypost.actor.getStats': { actor: 'unseen.example' },
  'app.waypost.feed.getActor': { actor: 'unseen.example', limit: 50 },
  'app.waypost.feed.getCheckin': { uri: checkinUri('ben', 'own'), limit: 50 },
  'app.waypost.feed.getFriendsLatest': { limit: 50 },
  'app.waypost.feed.getGlobal': { limit: 50 },
  'app.waypost.feed.getMap': { north: '53', south: '52', east: '14', west: '13', zoom: 10, limit: 50 },
  'app.waypost.feed.getNearby': { latitude: '52.52', longitude: '13.405', radius: 1_000, limit: 50 },
  'app.waypost.feed.getPlace': { place: 'osm:node/240109189', limit: 50 },
  'app.waypost.feed.getPost': 'speaks of nobody',
  'app.waypost.feed.getTimeline': { limit: 50 },
  'app.waypost.feed.searchCheckins': { q: 'wor', limit: 50 },
  'app.waypost.game.getLeaderboard': {},
  'app.waypost.game.getMayorships': { actor: 'unseen.example', limit: 50 },
  'app.waypost.game.getPoints': { uri: checkinUri('mal', 'visit') },
  'app.waypost.game.getRules': 'speaks of nobody',
  'app.waypost.list.getList': { uri: uriOf('mal', 'app.waypost.list', 'list'), limit: 50 },
  'app.waypost.list.getLists': { actor: 'unseen.example', limit: 50 },
  'app.waypost.list.getSaved': { actor: 'unseen.example', limit: 50 },
  'app.waypost.notification.getNotifications': { limit: 50 },
  'app.waypost.notification.getUnseenCount': {},
  'app.waypost.place.findSimilar': 'speaks of nobody',
  'app.waypost.place.get': { place: 'osm:node/240109189' },
  'app.waypost.place.getByCell': 'speaks of nobody',
  'app.waypost.place.search': 'speaks of nobody',
  'app.waypost.presence.getHereNow': { place: 'osm:node/240109189' },
  'app.waypost.server.getInfo': 'speaks of nobody',
  'app.waypost.tip.getTips': { place: 'osm:node/240109189', limit: 50 },
}

/** Where an answer speaks of somebody without a word of theirs, this tells that it does. */
const OWN_MARKS: Readonly<Record<string, RegExp>> = {
  'app.waypost.actor.getHistory': /"checkinCount":[1-9]/,
  'app.waypost.actor.getStats': /"checkinCount":[1-9]/,
  'app.waypost.game.getMayorships': /"days":[1-9]/,
  'app.waypost.notification.getUnseenCount': /"count":[1-9]/,
  'app.waypost.game.getPoints': /"points":[1-9]/,
}

/** Asked without an account these have no answer. */
const NEEDS_ACCOUNT = [
  'app.waypost.game.getLeaderboard',
  'app.waypost.notification.getNotifications',
  'app.waypost.notification.getUnseenCount',
  'app.waypost.feed.getFriendsLatest',
  'app.waypost.feed.getTimeline',
]

const label = (value: string): Step =>
  wrote('mal', 'app.waypost.profile', 'self', (createdAt) => ({
    displayName: 'Mal Unseen',
    labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: value }] },
    createdAt,
  }))

const HIDDEN: Readonly<Record<string, { readonly because: Step; readonly viewer: 'ben' | undefined }>> = {
  'whom the viewer blocks': { because: blocked('ben', 'mal'), viewer: 'ben' },
  'who blocks the viewer': { because: blocked('mal', 'ben'), viewer: 'ben' },
  'whose account is deactivated': { because: account('mal', 'deactivated'), viewer: 'ben' },
  'whose account is taken down': { because: account('mal', 'takendown'), viewer: undefined },
  'who deleted their account': { because: account('mal', 'deleted'), viewer: 'ben' },
  'who labels themselves as hidden': { because: label('!hide'), viewer: 'ben' },
  'who asks to be seen by those who are signed in, without being so': {
    because: label('!no-unauthenticated'),
    viewer: undefined,
  },
}

const seen = { get: () => 0, raise: async () => {} }
const world = simWorld({ startMs: STORY_START_MS })
const presences = createPresences({ writer: 'a' })
presences.enter(
  didOf('mal'),
  { checkin: checkinUri('mal', 'visit'), place: 'osm:node/240109189', sinceMs: STORY_START_MS },
  STORY_START_MS,
)
const writing = { world } as never
const queries = allMethods({
  writing,
  facts: {} as never,
  seen,
  presences,
  hereNow: undefined as never,
  reports: undefined as never,
  origin: () => '',
}).filter((method): method is QueryMethod => method.kind === 'query')

async function answerOf(method: QueryMethod, steps: readonly Step[], viewer: string | undefined): Promise<string> {
  using server = serving(...steps)
  const answer = await method.answer(ASKED[method.schema.nsid] as never, { ...server.as(viewer), signedIn: undefined })
  return JSON.stringify(answer)
}

test('every endpoint that answers questions is asked here', () => {
  assert.deepEqual(Object.keys(ASKED).toSorted(), queries.map(({ schema }) => schema.nsid).toSorted())
})

for (const method of queries) {
  const { nsid } = method.schema
  if (ASKED[nsid] === 'speaks of nobody') continue
  test(`${nsid} shows somebody who may be seen, and nothing of them once they may not`, async () => {
    const mark = OWN_MARKS[nsid] ?? MARK
    assert.match(await answerOf(method, mal, 'ben'), mark)
    for (const [who, { because, viewer }] of Object.entries(HIDDEN)) {
      if (viewer === undefined && NEEDS_ACCOUNT.includes(nsid)) continue
      assert.doesNotMatch(await answerOf(method, [...mal, because], viewer), mark, who)
    }
  })
}

test('what an author labels as their own eyes’ only, or as not for strangers, is so alone', async () => {
  const labelled = (value: string): readonly Step[] => [
    called('mal', 'mal.example'),
    called('ben', 'ben.example'),
    checkedIn('mal', 'one', { place: cafe, text: 'unseen', labels: { values: [{ val: value }] } }),
  ]
  const seen = async (value: string, viewer: string | undefined): Promise<boolean> =>
    MARK.test(
      await answerOf(
        queries.find(({ schema }) => schema.nsid === 'app.waypost.feed.getGlobal')!,
        labelled(value),
        viewer,
      ),
    )
  assert.deepEqual(await Promise.all(['mal', 'ben', undefined].map((viewer) => seen('!hide', viewer))), [
    true,
    false,
    false,
  ])
  assert.deepEqual(await Promise.all(['mal', 'ben', undefined].map((viewer) => seen('nudity', viewer))), [
    true,
    true,
    false,
  ])
  assert.equal(await seen('harmless', undefined), true)
})

test('a check-in that only its author sees is in nobody else’s figures of them', async () => {
  const steps: readonly Step[] = [
    called('mal', 'unseen.example'),
    called('ben', 'ben.example'),
    checkedIn('mal', 'plain'),
    checkedIn('mal', 'secret', {
      labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: '!hide' }] },
      text: 'labels',
    }),
    checkedIn('mal', 'nude', {
      labels: { values: [{ val: 'nudity' }] },
    }),
    checkedIn('mal', 'says so', { text: 'labels' }),
  ]
  for (const nsid of ['app.waypost.actor.getStats', 'app.waypost.actor.getHistory']) {
    const figures = queries.find(({ schema }) => schema.nsid === nsid)!
    const counts = ['mal', 'ben', undefined].map(
      async (viewer) => /"checkinCount":(\d)/.exec(await answerOf(figures, steps, viewer))?.[1],
    )
    assert.deepEqual(await Promise.all(counts), ['4', '3', '2'], nsid)
  }
})

test('somebody who is named is shown to others once they have said that they were there', async () => {
  const visit = checkinUri('mal', 'one')
  const named: readonly Step[] = [
    called('mal', 'mal.example'),
    called('ben', 'unseen.example'),
    called('cid', 'cid.example'),
    checkedIn('mal', 'one', { with: [didOf('ben')] }),
  ]
  const agreed = [
    ...named,
    wrote('ben', 'app.waypost.companion', 'yes', (createdAt) => ({ subject: refOf(visit), createdAt })),
  ]
  const global = queries.find(({ schema }) => schema.nsid === 'app.waypost.feed.getGlobal')!
  const views = async (steps: readonly Step[]) =>
    Promise.all(
      ['mal', 'ben', 'cid', undefined].map(async (viewer) => {
        const answer = await answerOf(global, steps, viewer)
        return [MARK.test(answer), answer.includes('withPending')]
      }),
    )
  assert.deepEqual(await views(named), [
    [true, true],
    [true, true],
    [false, false],
    [false, false],
  ])
  assert.deepEqual(await views(agreed), [
    [true, false],
    [true, false],
    [true, false],
    [true, false],
  ])
  assert.deepEqual(await views([...agreed, removed('ben', 'app.waypost.companion', 'yes')]), await views(named))
})
