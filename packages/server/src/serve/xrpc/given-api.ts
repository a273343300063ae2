import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { ok, refuse, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import {
  cafe,
  checkedIn,
  didOf,
  followed,
  refOf,
  STORY_START_MS,
  stayed,
  uriOf,
  wrote,
  type Step,
} from '#project/given.ts'
import { xrpcFault } from '#serve/handler.ts'
import { createHeldPages } from '#serve/held-pages.ts'
import { createPresences } from '#serve/presence/presences.ts'
import { givenPrivate } from '#serve/given-private.ts'
import { createSeenStates } from '#serve/seen.ts'
import { mountXrpc } from './adapter.ts'
import { berlin, first, people, servingPlaces } from './given-server.ts'
import { allMethods } from './methods.ts'

/**
 * The server that the examples of `docs/api.md` are asked of: every endpoint over HTTP, and a small story behind it. The
 * documentation is written from its answers, and a test asks again what stands there.
 */

/** A question of the documentation: an endpoint, its parameters, and whoever asks. */
export interface ApiExample {
  readonly nsid: string
  readonly params?: Readonly<Record<string, string>>
  /** Signed in, by a token of their PDS; absent: nobody. */
  readonly as?: 'ana' | 'ben'
}

/** What a procedure is sent: checked against its lexicon. */
export interface ApiInput {
  readonly nsid: string
  readonly input: unknown
}

const DAY_MS = 86_400_000
/** A year ago, and thrice of late. */
const MOMENTS = [52, 3, 2, 1].map((weeks) => STORY_START_MS - weeks * 7 * DAY_MS)
const kiosk = {
  name: 'Kiosk am Fluss',
  refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '1234567' }],
  geo: { latitude: '52.51200', longitude: '13.42000' },
  address: { country: 'DE', locality: 'Berlin' },
  category: 'shop.kiosk',
}
const list = uriOf('ben', 'app.waypost.list', 'cake')

const story: readonly Step[] = [
  ...people,
  followed('ben', 'ana'),
  followed('ana', 'ben'),
  ...MOMENTS.map((at) => stayed('ana', kiosk, at)),
  wrote('ben', 'app.waypost.tip', 'window seat', (createdAt) => ({
    place: kiosk,
    text: 'Sit by the water.',
    langs: ['en'],
    createdAt,
  })),
  wrote('ben', 'app.waypost.list', 'cake', (createdAt) => ({ name: 'Cake', createdAt })),
  wrote('ben', 'app.waypost.listItem', 'kiosk', (createdAt) => ({ place: kiosk, list, createdAt })),
  checkedIn('ben', 'tea', { text: 'Tea, again.', place: kiosk }),
  wrote('ben', 'app.waypost.listItem', 'kiosk alone', (createdAt) => ({ place: kiosk, createdAt })),
]

const PLACE = 'osm:node/240109189'
const KIOSK = 'osm:node/1234567'
const ANA = 'ana.example'

export const QUERIES: readonly ApiExample[] = [
  { nsid: 'app.waypost.actor.getHistory', params: { actor: ANA, year: '2025' } },
  { nsid: 'app.waypost.actor.getOnThisDay', params: { actor: ANA } },
  { nsid: 'app.waypost.actor.getProfile', params: { actor: ANA }, as: 'ben' },
  { nsid: 'app.waypost.actor.getStats', params: { actor: ANA } },
  { nsid: 'app.waypost.actor.searchActors', params: { q: 'an' } },
  { nsid: 'app.waypost.feed.getActor', params: { actor: 'ben.example', limit: '1' } },
  { nsid: 'app.waypost.feed.getCheckin', params: { uri: first }, as: 'ben' },
  { nsid: 'app.waypost.feed.getFriendsLatest', as: 'ben' },
  { nsid: 'app.waypost.feed.getGlobal', params: { limit: '1' } },
  {
    nsid: 'app.waypost.feed.getMap',
    params: { north: '52.53', south: '52.51', east: '13.43', west: '13.40', zoom: '12', limit: '1' },
  },
  {
    nsid: 'app.waypost.feed.getNearby',
    params: { latitude: '52.512', longitude: '13.42', radius: '500', limit: '1' },
  },
  { nsid: 'app.waypost.feed.getPlace', params: { place: KIOSK, limit: '1' } },
  { nsid: 'app.waypost.feed.getTimeline', params: { limit: '1' }, as: 'ben' },
  { nsid: 'app.waypost.feed.searchCheckins', params: { q: 'tea' } },
  { nsid: 'app.waypost.game.getLeaderboard', as: 'ben' },
  { nsid: 'app.waypost.game.getMayorships', params: { actor: ANA } },
  { nsid: 'app.waypost.game.getPoints', params: { uri: first } },
  { nsid: 'app.waypost.game.getRules' },
  { nsid: 'app.waypost.list.getList', params: { uri: list } },
  { nsid: 'app.waypost.list.getLists', params: { actor: 'ben.example' } },
  { nsid: 'app.waypost.list.getSaved', params: { actor: 'ben.example' } },
  { nsid: 'app.waypost.notification.getNotifications', params: { limit: '2' }, as: 'ana' },
  { nsid: 'app.waypost.notification.getUnseenCount', as: 'ana' },
  {
    nsid: 'app.waypost.place.findSimilar',
    params: { name: 'Cafe Mitte', latitude: '52.52', longitude: '13.405' },
  },
  { nsid: 'app.waypost.place.get', params: { place: PLACE } },
  { nsid: 'app.waypost.place.getByCell', params: { cell: 'u33dc1' } },
  { nsid: 'app.waypost.place.search', params: { q: 'berl', latitude: '52.5', longitude: '13.4' } },
  { nsid: 'app.waypost.presence.getHereNow', params: { place: PLACE } },
  { nsid: 'app.waypost.server.getInfo' },
  { nsid: 'app.waypost.tip.getTips', params: { actor: 'ben.example' } },
]

const createdAt = new Date(STORY_START_MS).toISOString()

export const INPUTS: readonly ApiInput[] = [
  {
    nsid: 'app.waypost.feed.createCheckin',
    input: { checkin: { place: kiosk, text: 'The river is high.', langs: ['en'], createdAt } },
  },
  { nsid: 'app.waypost.feed.createComment', input: { subject: refOf(first), text: 'On my way.' } },
  { nsid: 'app.waypost.feed.like', input: { subject: refOf(first) } },
  { nsid: 'app.waypost.feed.deleteCheckin', input: { uri: first } },
  { nsid: 'app.waypost.graph.follow', input: { subject: didOf('ana') } },
  { nsid: 'app.waypost.graph.block', input: { subject: didOf('stranger') } },
  { nsid: 'app.waypost.list.create', input: { name: 'Cake' } },
  { nsid: 'app.waypost.place.link', input: { place: cafe, sameAs: kiosk } },
  {
    nsid: 'app.waypost.moderation.report',
    input: {
      subject: { $type: 'app.waypost.moderation.report#placeSubject', place: KIOSK },
      reasonType: 'closed',
    },
  },
]

export interface ApiServer extends AsyncDisposable {
  readonly origin: string
}

/** Listens on a free port of the loopback. Whoever sends `Authorization: Bearer $BEN` is Ben. */
export async function servingApi(): Promise<ApiServer> {
  const server = servingPlaces([berlin], story)
  const { queries, fragments } = server.as(undefined)
  const world = simWorld()
  // No example writes: nobody is admitted.
  const unwritten = {} as never
  const methods = allMethods({
    writing: unwritten,
    hereNow: unwritten,
    reports: unwritten,
    facts: {
      serviceDid: 'did:web:waypost.example' as Did,
      version: '0.1.0',
      signUp: false,
      handleDomain: undefined,
      mapStyle: undefined,
      tiles: undefined,
      pushPublicKey: undefined,
      shed: () => [],
    },
    seen: createSeenStates(world, (await givenPrivate(world)).kept),
    presences: createPresences({ writer: 'a' }),
    origin: () => 'https://waypost.example',
  })
  const app = fastify()
  await app.register(async (scope) =>
    mountXrpc(scope, {
      methods,
      queries,
      fragments,
      now: () => STORY_START_MS + DAY_MS / 2,
      pages: createHeldPages(),
      identify: async (request) => {
        const who = /^Bearer \$([A-Z]+)$/.exec(request.headers.authorization ?? '')?.[1]
        return ok({ viewer: who === undefined ? undefined : didOf(who), signedIn: undefined })
      },
      recognise: () => undefined,
      admit: async () => refuse(xrpcFault(401, 'AuthRequired', 'sign in first')),
      checkAnswers: true,
      failed: (nsid, error) => console.error(nsid, error),
    }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    origin: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await app.close()
      server[Symbol.dispose]()
    },
  }
}

/** As it stands in the documentation: the request's target. */
export function targetOf({ nsid, params }: ApiExample): string {
  // What a query string may hold unescaped stays readable.
  const search = new URLSearchParams(params).toString().replaceAll('%3A', ':').replaceAll('%2F', '/')
  return `/xrpc/${nsid}${search && `?${search}`}`
}
