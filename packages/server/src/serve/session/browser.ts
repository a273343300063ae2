import type {} from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ok, refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'
import { SESSION_DAYS_MAX, type Sessions } from './sessions.ts'

/** Where our own pages live: only they may act for the person whose cookie a request carries. */
export interface Home {
  /** Such as `https://waypost.example` or `http://127.0.0.1:4000`. */
  origin(): string
}

/** A sign-in is finished within this, in the browser that began it. */
const SIGN_IN_SECONDS_MAX = 1_800

export function sessionCookieName(home: Home): string {
  return isSecure(home) ? '__Host-waypost' : 'waypost'
}

export function setSessionCookie(reply: FastifyReply, home: Home, id: string): void {
  void reply.setCookie(sessionCookieName(home), id, {
    ...cookieBase(home),
    path: '/',
    maxAge: SESSION_DAYS_MAX * 86_400,
  })
}

export function clearSessionCookie(reply: FastifyReply, home: Home): void {
  void reply.clearCookie(sessionCookieName(home), { ...cookieBase(home), path: '/' })
}

/** Binds a sign-in to the browser that began it, so that nobody can be signed in as somebody else by a link. */
export function setSignInCookie(reply: FastifyReply, home: Home, nonce: string): void {
  void reply.setCookie(SIGN_IN_COOKIE, nonce, { ...cookieBase(home), path: '/oauth', maxAge: SIGN_IN_SECONDS_MAX })
}

export function takeSignInCookie(request: FastifyRequest, reply: FastifyReply, home: Home): string | undefined {
  void reply.clearCookie(SIGN_IN_COOKIE, { ...cookieBase(home), path: '/oauth' })
  return request.cookies[SIGN_IN_COOKIE]
}

const SIGN_IN_COOKIE = 'waypost-sign-in'

function cookieBase(home: Home): { httpOnly: true; sameSite: 'lax'; secure: boolean } {
  return { httpOnly: true, sameSite: 'lax', secure: isSecure(home) }
}

/** Whether cookies may go over encrypted connections alone. */
export function isSecure(home: Home): boolean {
  return home.origin().startsWith('https://')
}

/** The session's id in a `Cookie` header, empty where there is none; undefined where it is not written as browsers do. */
export function sessionIdIn(cookie: string | undefined, home: Home): string | undefined {
  const name = `${sessionCookieName(home)}=`
  const at = cookie?.indexOf(name) ?? -1
  if (cookie === undefined || at === -1) return ''
  const isAlone = cookie.lastIndexOf(name) === at && (at === 0 || cookie.startsWith('; ', at - 2))
  const [id] = cookie.slice(at + name.length).split(';', 1)
  return isAlone && /^[\w-]+$/.test(id!) ? id : undefined
}

/** Whoever the cookie of a request belongs to. */
export async function signedInWith(
  request: FastifyRequest,
  home: Home,
  sessions: Sessions,
): Promise<SignedIn | undefined> {
  const id = request.cookies[sessionCookieName(home)]
  return id === undefined ? undefined : sessions.find(id)
}

/**
 * Whether a request that changes something comes from our own pages. Browsers say where a request was made, and pages
 * cannot change what they say; a request that says nothing is refused.
 */
export function fromOwnPages(request: FastifyRequest, home: Home): Result<undefined, XrpcFault> {
  const { origin, 'sec-fetch-site': site } = request.headers
  const own = origin === undefined ? site === 'same-origin' : origin === home.origin()
  return own && (site === undefined || site === 'same-origin')
    ? ok(undefined)
    : refuse(xrpcFault(403, 'CrossOrigin', 'only pages of this server may do that'))
}
