import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Did, Handle, Result, World } from '@waypost/kernel'
import { ok, refuse } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { authRequired } from '#serve/writing.ts'
import { createRateLimit } from '#serve/rate-limit.ts'
import { answerFault } from '#serve/xrpc/adapter.ts'
import {
  clearSessionCookie,
  fromOwnPages,
  sessionCookieName,
  setSessionCookie,
  setSignInCookie,
  signedInWith,
  takeSignInCookie,
  type Home,
} from './browser.ts'
import { browserName } from './browser-name.ts'
import { CALLBACK_PATH, type OAuth } from './oauth-client.ts'
import { hashOf, type Sessions } from './sessions.ts'

export interface SigningIn {
  readonly oauth: OAuth
  readonly sessions: Sessions
  readonly home: Home
  /** Where accounts can be made; undefined where that is not our business. */
  readonly signUpAt: URL | undefined
  /** The person's handle, verified in both directions; undefined where it does not hold. */
  readonly handleOf: (did: Did) => Promise<Handle | undefined>
  /** Somebody signed in: from now on their repository is ours to follow. */
  readonly welcome: (did: Did) => Promise<void>
  /** Somebody is signed in in no browser any more. */
  readonly left: (did: Did) => Promise<void>
  readonly outcome: (step: SignInStep, outcome: 'ok' | 'refused' | 'failed', error?: unknown) => void
}

export type SignInStep = 'begin' | 'finish' | 'sign-out'

/** What travels with a sign-in through the person's server and back. */
interface Journey {
  readonly returnTo: string
  /** Hash of the cookie that the browser got when it began. */
  readonly browser: string
}

/** People mistype; machines guess. */
const SIGN_INS_PER_MINUTE_MAX = 20

/** Signing in, signing up and signing out. Call it inside a scope of its own. */
export function mountOAuth(app: FastifyInstance, world: World, signing: SigningIn): void {
  const { oauth, sessions, home } = signing
  const limit = createRateLimit(world, { count: SIGN_INS_PER_MINUTE_MAX, periodMs: 60_000 })

  async function begin(request: FastifyRequest, reply: FastifyReply, at: Result<Beginning, XrpcFault>) {
    const allowed = fromOwnPages(request, home)
    if (!allowed.ok) return answerFault(reply, allowed.error)
    if (!limit.allow(request.ip))
      return answerFault(reply, xrpcFault(429, 'RateLimitExceeded', 'try again in a minute'))
    if (!at.ok) return answerFault(reply, at.error)
    const nonce = Buffer.from(world.random.bytes(32)).toString('base64url')
    const journey: Journey = { returnTo: pathOf(at.value.returnTo), browser: hashOf(nonce) }
    try {
      const client = await oauth.client()
      const { prompt, withPosts } = at.value
      const url = await client.authorize(at.value.input, {
        scope: withPosts ? oauth.postsScope : oauth.scope,
        state: JSON.stringify(journey),
        ...(prompt && { prompt }),
      })
      setSignInCookie(reply, home, nonce)
      signing.outcome('begin', 'ok')
      return await reply.send({ url: url.href })
    } catch (error) {
      signing.outcome('begin', 'refused', error)
      return answerFault(
        reply,
        xrpcFault(400, 'SignInFailed', 'This handle cannot be found, or its server does not answer.'),
      )
    }
  }

  app.post('/oauth/sign-in', async (request, reply) => begin(request, reply, signInAt(request.body)))

  app.post('/oauth/sign-up', async (request, reply) => {
    const { returnTo } = (request.body ?? {}) as { returnTo?: unknown }
    const at: Result<Beginning, XrpcFault> = signing.signUpAt
      ? ok({ input: signing.signUpAt.origin, prompt: 'create', returnTo })
      : refuse(xrpcFault(400, 'SignUpClosed', 'Accounts cannot be made here.'))
    return begin(request, reply, at)
  })

  app.get(CALLBACK_PATH, async (request, reply) => {
    const nonce = takeSignInCookie(request, reply, home)
    const query = new URLSearchParams(request.url.split('?', 2)[1] ?? '')
    let journey: Journey | undefined
    try {
      const client = await oauth.client()
      const { session, state } = await client.callback(query)
      journey = journeyOf(state)
      if (journey === undefined || nonce === undefined || hashOf(nonce) !== journey.browser) {
        await session.signOut()
        signing.outcome('finish', 'refused')
        return await reply.redirect('/?sign-in=failed', 303)
      }
      const handle = (await signing.handleOf(session.did)) ?? ('handle.invalid' as Handle)
      const id = await sessions.begin({ did: session.did, handle }, browserName(request.headers['user-agent']))
      setSessionCookie(reply, home, id)
      await signing.welcome(session.did)
      signing.outcome('finish', 'ok')
      return await reply.redirect(journey.returnTo, 303)
    } catch (error) {
      const denied = query.get('error') === 'access_denied'
      journey ??= journeyOf((error as { state?: unknown }).state)
      signing.outcome('finish', denied ? 'refused' : 'failed', error)
      return await reply.redirect(withOutcome(journey?.returnTo ?? '/', denied ? 'denied' : 'failed'), 303)
    }
  })

  app.post('/oauth/sign-out', async (request, reply) => {
    const allowed = fromOwnPages(request, home)
    if (!allowed.ok) return answerFault(reply, allowed.error)
    const member = await signedInWith(request, home, sessions)
    const which = sessionIn(request.body)
    if (which === undefined || which === 'all') clearSessionCookie(reply, home)
    if (!member) return reply.send({})
    const { others } =
      which === 'all'
        ? await sessions.endAll(member.did).then(() => ({ others: false }))
        : which === undefined
          ? await sessions.end(request.cookies[sessionCookieName(home)]!)
          : await sessions.endNamed(member.did, which)
    try {
      if (!others) {
        await signing.left(member.did)
        await (await oauth.client()).revoke(member.did)
      }
      signing.outcome('sign-out', 'ok')
    } catch (error) {
      // Our own copy of the tokens is gone all the same; the other server's copy runs out.
      signing.outcome('sign-out', 'failed', error)
    }
    return reply.send({})
  })

  app.get('/oauth/sessions', async (request, reply) => {
    void reply.header('cache-control', 'no-store')
    const member = await signedInWith(request, home, sessions)
    if (!member) return answerFault(reply, authRequired())
    const own = await sessions.list(member.did, request.cookies[sessionCookieName(home)]!)
    return reply.send({
      sessions: own.map(({ name, since, browser, isThis }) => ({
        name,
        ...(since !== undefined && { since: new Date(since).toISOString() }),
        ...(browser !== undefined && { browser }),
        isThis,
      })),
    })
  })

  app.get('/oauth/client-metadata.json', async (_request, reply) => {
    const published = await oauth.published()
    return published ? reply.send(published.metadata) : answerFault(reply, notPublished())
  })
  app.get('/oauth/jwks.json', async (_request, reply) => {
    const published = await oauth.published()
    return published ? reply.send(published.jwks) : answerFault(reply, notPublished())
  })
}

interface Beginning {
  /** A handle, a DID, or the address of a server. */
  readonly input: string
  readonly prompt?: 'create'
  /** Whether to ask for leave to write posts too. */
  readonly withPosts?: boolean
  readonly returnTo: unknown
}

/** Which session a sign-out is about: another one by its name, `all`, or undefined for the one that asks. */
function sessionIn(body: unknown): string | undefined {
  const { session } = (body ?? {}) as { session?: unknown }
  return typeof session === 'string' ? session : undefined
}

function signInAt(body: unknown): Result<Beginning, XrpcFault> {
  const { handle, returnTo, posts } = (body ?? {}) as { handle?: unknown; returnTo?: unknown; posts?: unknown }
  const input = typeof handle === 'string' ? handle.trim().replace(/^@/, '').toLowerCase() : ''
  if (
    !/^(did:(plc|web):[a-z0-9.:%-]{1,250}|[a-z0-9.-]{3,253})$/.test(input) ||
    (!input.includes('.') && !input.startsWith('did:'))
  ) {
    return refuse(xrpcFault(400, 'InvalidHandle', 'A handle looks like ana.example.com.'))
  }
  return ok({ input, returnTo, withPosts: posts === true })
}

/** A path on this server; anything else (another host, in whatever spelling) becomes the front page. */
export function pathOf(returnTo: unknown): string {
  if (typeof returnTo !== 'string' || returnTo.length > 2_000 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(returnTo)) return '/'
  const base = 'http://waypost.invalid'
  const url = URL.canParse(returnTo, base) ? new URL(returnTo, base) : undefined
  // Dots are resolved by now: what is left may begin as another host's address does.
  return url?.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : '/'
}

function withOutcome(path: string, outcome: 'denied' | 'failed'): string {
  const url = new URL(path, 'http://waypost.invalid')
  url.searchParams.set('sign-in', outcome)
  return url.pathname + url.search + url.hash
}

function journeyOf(state: unknown): Journey | undefined {
  try {
    const { returnTo, browser } = JSON.parse(String(state)) as Partial<Journey>
    return typeof browser === 'string' ? { returnTo: pathOf(returnTo), browser } : undefined
  } catch {
    return undefined
  }
}

function notPublished(): XrpcFault {
  return xrpcFault(404, 'NotFound', 'This server is a client on loopback: it publishes nothing.')
}
