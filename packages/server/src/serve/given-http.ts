import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { ok, refuse, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { app as lexicons } from '@waypost/lexicon'
import { createOutbound } from '#wire/outbound.ts'
import { rememberHost } from './crawl.ts'
import { givenPrivate } from './given-private.ts'
import { xrpcFault } from './handler.ts'
import { createHttp, type Serving } from './http.ts'
import { createTail } from './live/tail.ts'
import { createOAuth } from './session/oauth-client.ts'
import { createSessions } from './session/sessions.ts'
import { strangersHost } from './xrpc/given-host.ts'
import { query } from './xrpc/method.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-web-'))
mkdirSync(join(folder, 'assets'))
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Waypost</title>')
writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'export const a = 1\n'.repeat(200))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The whole of HTTP over a memory engine; `change` replaces parts. */
export async function serve(change: Partial<Serving> = {}) {
  const world = simWorld()
  const { kept: grants, engine } = await givenPrivate(world)
  const { keyValue } = engine
  const home = { origin: () => 'http://127.0.0.1:4000' }
  const sessions = createSessions(world, keyValue)
  const tail = createTail(world)
  tail.begin(0)
  const followed: string[] = []
  const answered: string[] = []
  const oauth = createOAuth(
    world,
    { keyValue, grants },
    {
      origin: home.origin,
      serviceDid: 'did:web:localhost',
      plcUrl: 'http://127.0.0.1:1',
      sandbox: undefined,
      fetch: () => Promise.reject(new Error('offline')),
    },
  )
  const app = await createHttp(world, {
    xrpc: {
      methods: [
        query(lexicons.waypost.feed.getGlobal.main, ({ limit }) => {
          if (limit === 13) throw new Error('the reason why, at 51.2254')
          return ok({ feed: [] })
        }),
      ],
      ...strangersHost(),
      admit: async () => refuse(xrpcFault(401, 'AuthRequired', 'sign in first')),
      failed: (nsid) => void answered.push(`failed ${nsid}`),
    },
    signing: {
      oauth,
      sessions,
      home,
      signUpAt: undefined,
      handleOf: async () => undefined,
      welcome: async () => {},
      left: async () => {},
      outcome: () => {},
    },
    images: {
      get: async () => refuse(xrpcFault(404, 'NotFound', 'none')),
      card: async (_did, _key, draw) => ok(await draw()),
      purge: async () => {},
      trim: async () => {},
    },
    tail,
    logHead: async () => 0,
    liveRefusal: () => undefined,
    hidesFor: async () => undefined,
    crawling: {
      keyValue,
      outbound: createOutbound({ allowedLoopbackOrigins: 'any-loopback' }),
      loopbackAllowed: true,
      async follow(origin) {
        await rememberHost(keyValue, origin)
        followed.push(origin)
      },
      requested: () => {},
    },
    health: {
      version: '0.1.0',
      serviceDid: 'did:web:waypost.example' as Did,
      endpoint: () => 'https://waypost.example',
      missing: () => ['hosts'],
      metrics: async () => ({ type: 'text/plain; version=0.0.4', text: 'waypost_frames_total 0\n' }),
    },
    ops: {
      signIn: undefined,
      state: () => assert.fail('nobody may ask'),
      follow: () => assert.fail('nobody may ask'),
      override: () => assert.fail('nobody may ask'),
    },
    web: {
      folder,
      mapStyle: undefined,
      tiles: undefined,
      home,
      heads: { checkin: () => 'gone', place: () => 'gone', person: () => 'gone', firstPhotos: () => [] },
    },
    behindProxy: false,
    isDraining: () => false,
    overload: { refuse: () => false },
    answered: ({ route, status }) => void answered.push(`${status} ${route}`),
    failed: () => {},
    ...change,
  })
  return { app, world, keyValue, tail, followed, answered }
}
