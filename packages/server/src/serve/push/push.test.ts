import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import {
  blocked,
  cafe,
  called,
  checkedIn,
  checkinUri,
  commented,
  didOf,
  followed,
  givenEvents,
  liked,
  stayed,
  STORY_START_MS,
  tell,
  wrote,
  type Step,
} from '#project/given.ts'
import { openQueries } from '#query/queries.ts'
import { registerPush } from '#serve/xrpc/notification/registerPush.ts'
import { givenPrivate } from '#serve/given-private.ts'
import { createSeenStates } from '#serve/seen.ts'
import { createOutbound } from '#wire/outbound.ts'
import type { PushOutcome } from './delivery.ts'
import { startPushService } from './given-browser.ts'
import { makePushKeys } from './keys.ts'
import { openPush } from './open.ts'
import { EMPTY_DIRECTORY } from '#query/directory/place-port.ts'
import type { Push } from './push.ts'
import { takeTurns } from './turn.ts'

const MINUTE = 60_000
const bar = { ...cafe, refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '7' }] }
const visit = checkinUri('ana', 'visit')
const ana = didOf('ana')
const start: readonly Step[] = [
  called('ana', 'ana.example'),
  called('ben', 'ben.example'),
  called('cid', 'cid.example'),
  checkedIn('ana', 'visit'),
]

/** A story whose later steps are told one batch at a time, to a server that pushes. */
async function pushing(before: readonly Step[], after: readonly Step[]) {
  await using opened = new AsyncDisposableStack()
  const world = simWorld({ startMs: STORY_START_MS + (before.length + after.length) * MINUTE })
  const events = tell([...before, ...after])
  const model = opened.use(givenEvents(events.slice(0, before.length)))
  const queries = opened.use(openQueries({ readModel: model.readModel, directory: EMPTY_DIRECTORY }))
  const service = opened.use(await startPushService())
  const { kept, engine } = opened.use(await givenPrivate(world))
  const { keyValue } = engine
  const outcomes: PushOutcome[] = []
  let heard = (): void => {}
  const open = () =>
    openPush({
      world,
      keyValue,
      kept,
      queries,
      seen: createSeenStates(world, kept),
      outbound: createOutbound({ allowedLoopbackOrigins: 'any-loopback' }),
      keys: { ...makePushKeys(), subject: 'mailto:ops@waypost.example' },
      ended(outcome) {
        outcomes.push(outcome)
        heard()
      },
      failed: (error) => assert.fail(String(error)),
    })
  let push = opened.use(open())
  await push.begin()
  const running = opened.move()
  let told = before.length
  return {
    world,
    service,
    outcomes,
    push: () => push,
    /** Another process over the same store. */
    async restart() {
      await push[Symbol.asyncDispose]()
      push = running.use(open())
      await push.begin()
    },
    /** So many processes over the same store, of which one tells. */
    turns(count: number) {
      const names = Array.from({ length: count }, (_, at) => `replica ${at}`)
      const [events, failed] = [{ lease() {} }, (error: unknown) => assert.fail(String(error))]
      const turns = names.map((owner) =>
        running.use(takeTurns({ world, keyValue, push: running.use(open()), owner, events, failed })),
      )
      for (const turn of turns) turn.begin()
      return turns
    },
    last: () => model.last,
    /** The next steps, each a batch of its own. */
    happen(count: number, { unheard = false } = {}) {
      for (let step = 0; step < count; step++) {
        model.and([events[told++]!])
        queries.follow(model.last)
        if (!unheard) push.follow(model.last)
      }
    },
    async ended(count: number) {
      while (outcomes.length < count) await new Promise<void>((resolve) => (heard = resolve))
      return outcomes
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

test('a browser is told what happens from its registration on, sealed for it alone', async () => {
  await using server = await pushing([...start, liked('cid', visit)], [liked('ben', visit)])
  const browser = server.service.browser('phone')
  await server.push().register(ana, browser.subscription)
  await server.world.advance(5_000)
  server.happen(1)
  await server.world.advance(2_000)
  const [message] = await browser.toldAll(1)
  assert.deepEqual(
    { ...message, tag: '' },
    { title: 'ben.example likes your check-in', body: 'Café Mitte', path: pathOf(visit), tag: '' },
  )
  assert.doesNotMatch(JSON.stringify(message), /52\.5|13\.4/)
  assert.deepEqual(await server.ended(1), ['sent'])
})

test('every kind of notice is pushed to whom it concerns', async () => {
  const day = (before: number): number => STORY_START_MS - before * 86_400_000
  const kinds: Readonly<Record<string, { who: string; before?: readonly Step[]; step: Step; path?: string }>> = {
    'commented on your check-in': { who: 'ana', step: commented('ben', visit, 'Nice') },
    'answered you': {
      who: 'cid',
      before: [commented('cid', visit, 'First')],
      step: wrote('ben', 'app.waypost.comment', 'answer', (createdAt) => ({
        subject: { uri: visit, cid: 'bafyreib' },
        text: 'Yes',
        reply: { uri: `at://${didOf('cid')}/app.waypost.comment/3`, cid: 'bafyreib' },
        createdAt,
      })),
    },
    'follows you': { who: 'ana', step: followed('ben', 'ana'), path: `/person/${didOf('ben')}` },
    'says that you were there together': {
      who: 'ana',
      step: checkedIn('ben', 'with', { with: [ana] }),
      path: '/notifications',
    },
    'agrees that you were there together': {
      who: 'ana',
      before: [checkedIn('ana', 'party', { with: [didOf('ben')] })],
      step: wrote('ben', 'app.waypost.companion', 'yes', (createdAt) => ({
        subject: { uri: checkinUri('ana', 'party'), cid: 'bafyreib' },
        createdAt,
      })),
      path: pathOf(checkinUri('ana', 'party')),
    },
    'took a crown from you': {
      who: 'ana',
      before: [stayed('ana', bar, day(3)), stayed('ben', bar, day(2))],
      step: stayed('ben', bar, STORY_START_MS + 6 * MINUTE),
      path: '/place/osm%3Anode%2F7',
    },
    'is here too': {
      who: 'ana',
      before: [followed('ana', 'ben'), followed('ben', 'ana')],
      step: checkedIn('ben', 'here'),
      path: pathOf(checkinUri('ben', 'here')),
    },
  }
  for (const [title, { who, before = [], step, path = pathOf(visit) }] of Object.entries(kinds)) {
    await using server = await pushing([...start, ...before], [step])
    const browser = server.service.browser('phone')
    await server.push().register(didOf(who), browser.subscription)
    await server.world.advance(5_000)
    server.happen(1)
    await server.world.advance(2_000)
    const [message] = await browser.toldAll(1)
    assert.deepEqual([message?.title, message?.path], [`ben.example ${title}`, path])
  }
})

test('whoever is blocked or hidden pushes nothing', async () => {
  await using server = await pushing(
    [...start, blocked('ana', 'ben')],
    [liked('ben', visit), commented('ben', visit, 'Hey'), liked('cid', visit)],
  )
  const browser = server.service.browser('phone')
  await server.push().register(ana, browser.subscription)
  server.happen(2)
  await server.world.advance(10 * MINUTE)
  server.happen(1)
  await server.world.advance(2_000)
  const told = await browser.toldAll(1)
  assert.deepEqual(
    told.map(({ title }) => title),
    ['cid.example likes your check-in'],
  )
  assert.equal(server.service.requests, 1)
})

test('a burst is one message, and what follows within a minute another', async () => {
  const many = Array.from({ length: 50 }, (_, nth) => commented('ben', visit, `Nice ${nth}`))
  await using server = await pushing(start, many)
  const browser = server.service.browser('phone')
  await server.push().register(ana, browser.subscription)
  await server.world.advance(5_000)
  server.happen(30)
  await server.world.advance(2_000)
  await browser.toldAll(1)
  for (let step = 0; step < 20; step++) {
    server.happen(1)
    await server.world.advance(2_000)
  }
  await server.world.advance(MINUTE)
  const told = await browser.toldAll(2)
  assert.deepEqual(
    told.map(({ body, path }) => [body, path]),
    [
      ['And 29 more', '/notifications'],
      ['And 19 more', '/notifications'],
    ],
  )
  assert.equal(server.service.requests, 2)
})

test('a browser that is gone is written to no more', async () => {
  await using server = await pushing(start, [liked('ben', visit), liked('cid', visit)])
  const [old, other] = [server.service.browser('old'), server.service.browser('other')]
  await server.push().register(ana, old.subscription)
  await server.world.advance(5_000)
  server.service.answers(410)
  server.happen(1)
  await server.world.advance(2_000)
  assert.deepEqual(await server.ended(1), ['gone'])
  await server.push().register(ana, other.subscription)
  await server.world.advance(2 * MINUTE)
  server.happen(1)
  await server.world.advance(2_000)
  await other.toldAll(1)
  assert.equal(server.service.requests, 2)
})

test('a push service that stumbles is asked again, later and later; one that refuses is not', async () => {
  await using server = await pushing(start, [liked('ben', visit), liked('cid', visit)])
  const browser = server.service.browser('phone')
  await server.push().register(ana, browser.subscription)
  await server.world.advance(5_000)
  server.service.answers(503, 429, 201, 413)
  server.happen(1)
  await server.world.advance(2_000)
  assert.deepEqual(await server.ended(1), ['put-off'])
  await server.world.advance(20_000)
  assert.deepEqual(await server.ended(2), ['put-off', 'put-off'])
  await server.world.advance(3 * MINUTE)
  assert.deepEqual(await server.ended(3), ['put-off', 'put-off', 'sent'])
  server.happen(1)
  await server.world.advance(2_000)
  assert.deepEqual((await server.ended(4)).at(-1), 'refused')
  assert.equal(browser.told.length, 1)
})

test('after a start only what came meanwhile is told, and not what was told before', async () => {
  await using server = await pushing(start, [liked('ben', visit), commented('cid', visit, 'Missed')])
  const browser = server.service.browser('phone')
  await server.push().register(ana, browser.subscription)
  await server.world.advance(5_000)
  server.happen(1)
  await server.world.advance(2_000)
  await browser.toldAll(1)
  await server.ended(1)
  await server.restart()
  await server.world.advance(2_000)
  server.happen(1)
  await server.world.advance(2_000)
  const told = await browser.toldAll(2)
  assert.deepEqual(
    told.map(({ title }) => title.split(' ')[0]),
    ['ben.example', 'cid.example'],
  )
})

test('of several replicas one tells a browser, and another one once that is gone', async () => {
  await using server = await pushing(start, [liked('ben', visit), commented('cid', visit, 'Still there?')])
  const browser = server.service.browser('phone')
  const turns = server.turns(3)
  await server.world.advance(2_000)
  await server.push().register(ana, browser.subscription)
  await server.world.advance(MINUTE)
  const happen = async (): Promise<void> => {
    server.happen(1, { unheard: true })
    for (const turn of turns) turn.follow(server.last())
    await server.world.advance(5_000)
  }
  await happen()
  await browser.toldAll(1)
  await server.ended(1)
  await turns[0]![Symbol.asyncDispose]()
  await server.world.advance(MINUTE)
  await happen()
  const told = await browser.toldAll(2)
  assert.deepEqual(
    told.map(({ title }) => title.split(' ')[0]),
    ['ben.example', 'cid.example'],
  )
  assert.equal((await server.ended(2)).length, 2)
})

test('a browser belongs to whoever registered it last, and to nobody once they have left', async () => {
  await using server = await pushing(start, [
    checkedIn('ben', 'theirs'),
    liked('cid', visit),
    liked('cid', checkinUri('ben', 'theirs')),
    liked('ana', checkinUri('ben', 'theirs')),
  ])
  const browser = server.service.browser('shared')
  await server.push().register(ana, browser.subscription)
  await server.push().register(didOf('ben'), browser.subscription)
  await server.world.advance(5_000)
  server.happen(3)
  await server.world.advance(2_000)
  const told = await browser.toldAll(1)
  assert.equal(told[0]?.path, pathOf(checkinUri('ben', 'theirs')))
  await server.push().forget(didOf('ben'))
  server.happen(1)
  await server.world.advance(10 * MINUTE)
  assert.equal(server.service.requests, 1)
})

test('only public addresses are written to', async () => {
  const { mayReach } = openPush({
    world: simWorld(),
    keyValue: undefined as never,
    kept: (await givenPrivate(simWorld())).kept,
    queries: undefined as never,
    seen: undefined as never,
    outbound: createOutbound({ allowedLoopbackOrigins: [] }),
    keys: { ...makePushKeys(), subject: '' },
    ended() {},
    failed() {},
  })
  assert.equal(mayReach('https://push.services.example.com/abc'), true)
  for (const endpoint of [
    'http://push.example.com/',
    'https://127.0.0.1/',
    'https://10.0.0.1/',
    'https://printer/',
    'x',
  ]) {
    assert.equal(mayReach(endpoint), false, endpoint)
  }
})

test('a server without keys takes no subscription, and one with keys none that it could not write to', async () => {
  await using server = await pushing(start, [])
  const { subscription } = server.service.browser('phone')
  const member = { did: ana, handle: 'ana.example' as const }
  const ask = async (push: Push | undefined, change: object = {}) => {
    const answer = await registerPush(push)({ ...subscription, ...change } as never, member)
    return answer.ok ? answer.value.isRegistered : answer.error.error
  }
  assert.equal(await ask(undefined), 'PushNotOffered')
  assert.equal(await ask(server.push()), true)
  for (const change of [
    { endpoint: 'https://192.168.0.1/' },
    { auth: 'AAAA' },
    { p256dh: 'AAAA' },
    { p256dh: Buffer.alloc(65, 4).toString('base64url') },
  ]) {
    assert.equal(await ask(server.push(), change), 'InvalidSubscription')
  }
})

function pathOf(uri: string): string {
  const [, did, , rkey] = /^at:\/\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(uri)!
  return `/checkin/${did}/${rkey}`
}
