import type { app } from '@waypost/lexicon'
import { KEPT_AT, noteKept } from './device/kept-at.ts'
import { t } from './language/language.ts'
import type { CheckinDraft, Facet, RecordPlace } from './views.ts'

/** The queries of the server by NSID: what goes in and what comes out, as the lexicons say. */
interface Queries {
  'app.waypost.actor.getProfile': Call<app.waypost.actor.getProfile.$Params, app.waypost.actor.getProfile.$OutputBody>
  'app.waypost.actor.getSession': Call<app.waypost.actor.getSession.$Params, app.waypost.actor.getSession.$OutputBody>
  'app.waypost.actor.searchActors': Call<
    app.waypost.actor.searchActors.$Params,
    app.waypost.actor.searchActors.$OutputBody
  >
  'app.waypost.feed.getActor': Call<app.waypost.feed.getActor.$Params, app.waypost.feed.getActor.$OutputBody>
  'app.waypost.feed.getCheckin': Call<app.waypost.feed.getCheckin.$Params, app.waypost.feed.getCheckin.$OutputBody>
  'app.waypost.feed.getGlobal': Call<app.waypost.feed.getGlobal.$Params, app.waypost.feed.getGlobal.$OutputBody>
  'app.waypost.feed.getMap': Call<app.waypost.feed.getMap.$Params, app.waypost.feed.getMap.$OutputBody>
  'app.waypost.feed.getPlace': Call<app.waypost.feed.getPlace.$Params, app.waypost.feed.getPlace.$OutputBody>
  'app.waypost.feed.getPost': Call<app.waypost.feed.getPost.$Params, app.waypost.feed.getPost.$OutputBody>
  'app.waypost.feed.getTimeline': Call<app.waypost.feed.getTimeline.$Params, app.waypost.feed.getTimeline.$OutputBody>
  'app.waypost.actor.getHistory': Call<app.waypost.actor.getHistory.$Params, app.waypost.actor.getHistory.$OutputBody>
  'app.waypost.actor.getStats': Call<app.waypost.actor.getStats.$Params, app.waypost.actor.getStats.$OutputBody>
  'app.waypost.actor.getOnThisDay': Call<
    app.waypost.actor.getOnThisDay.$Params,
    app.waypost.actor.getOnThisDay.$OutputBody
  >
  'app.waypost.feed.getFriendsLatest': Call<
    app.waypost.feed.getFriendsLatest.$Params,
    app.waypost.feed.getFriendsLatest.$OutputBody
  >
  'app.waypost.feed.searchCheckins': Call<
    app.waypost.feed.searchCheckins.$Params,
    app.waypost.feed.searchCheckins.$OutputBody
  >
  'app.waypost.game.getLeaderboard': Call<
    app.waypost.game.getLeaderboard.$Params,
    app.waypost.game.getLeaderboard.$OutputBody
  >
  'app.waypost.game.getMayorships': Call<
    app.waypost.game.getMayorships.$Params,
    app.waypost.game.getMayorships.$OutputBody
  >
  'app.waypost.game.getPoints': Call<app.waypost.game.getPoints.$Params, app.waypost.game.getPoints.$OutputBody>
  'app.waypost.game.getRules': Call<app.waypost.game.getRules.$Params, app.waypost.game.getRules.$OutputBody>
  'app.waypost.list.getLists': Call<app.waypost.list.getLists.$Params, app.waypost.list.getLists.$OutputBody>
  'app.waypost.list.getList': Call<app.waypost.list.getList.$Params, app.waypost.list.getList.$OutputBody>
  'app.waypost.list.getSaved': Call<app.waypost.list.getSaved.$Params, app.waypost.list.getSaved.$OutputBody>
  'app.waypost.notification.getNotifications': Call<
    app.waypost.notification.getNotifications.$Params,
    app.waypost.notification.getNotifications.$OutputBody
  >
  'app.waypost.notification.getUnseenCount': Call<
    app.waypost.notification.getUnseenCount.$Params,
    app.waypost.notification.getUnseenCount.$OutputBody
  >
  'app.waypost.tip.getTips': Call<app.waypost.tip.getTips.$Params, app.waypost.tip.getTips.$OutputBody>
  'app.waypost.place.get': Call<app.waypost.place.get.$Params, app.waypost.place.get.$OutputBody>
  'app.waypost.place.getByCell': Call<app.waypost.place.getByCell.$Params, app.waypost.place.getByCell.$OutputBody>
  'app.waypost.place.search': Call<app.waypost.place.search.$Params, app.waypost.place.search.$OutputBody>
  'app.waypost.presence.getHereNow': Call<
    app.waypost.presence.getHereNow.$Params,
    app.waypost.presence.getHereNow.$OutputBody
  >
  'app.waypost.server.getInfo': Call<app.waypost.server.getInfo.$Params, app.waypost.server.getInfo.$OutputBody>
}

interface StrongRef {
  readonly uri: string
  readonly cid: string
}

/** The procedures of the server. Inputs spell strings plainly: the server is the one that checks their formats. */
interface Procedures {
  'app.waypost.actor.deleteRecords': {
    input: { what: 'checkins' | 'everything'; confirmation: string }
    output: app.waypost.actor.deleteRecords.$OutputBody
  }
  'app.waypost.feed.createCheckin': {
    input: { checkin: CheckinDraft; rkey: string; author: string; hereNow: boolean }
    output: app.waypost.feed.createCheckin.$OutputBody
  }
  'app.waypost.feed.createComment': {
    input: { subject: StrongRef; text: string; facets?: Facet[] }
    output: app.waypost.feed.createComment.$OutputBody
  }
  'app.waypost.feed.createPost': { input: { uri: string }; output: app.waypost.feed.createPost.$OutputBody }
  'app.waypost.feed.deletePost': { input: { uri: string }; output: app.waypost.feed.deletePost.$OutputBody }
  'app.waypost.feed.deleteCheckin': { input: { uri: string }; output: app.waypost.feed.deleteCheckin.$OutputBody }
  'app.waypost.feed.deleteComment': { input: { uri: string }; output: app.waypost.feed.deleteComment.$OutputBody }
  'app.waypost.feed.like': { input: { subject: StrongRef }; output: app.waypost.feed.like.$OutputBody }
  'app.waypost.feed.unlike': { input: { subject: string }; output: app.waypost.feed.unlike.$OutputBody }
  'app.waypost.companion.accept': { input: { subject: StrongRef }; output: app.waypost.companion.accept.$OutputBody }
  'app.waypost.companion.deny': { input: { subject: string }; output: app.waypost.companion.deny.$OutputBody }
  'app.waypost.companion.withdraw': { input: { subject: string }; output: app.waypost.companion.withdraw.$OutputBody }
  'app.waypost.list.create': { input: { name: string }; output: app.waypost.list.create.$OutputBody }
  'app.waypost.list.delete': { input: { uri: string }; output: app.waypost.list.delete.$OutputBody }
  'app.waypost.list.follow': { input: { subject: string }; output: app.waypost.list.follow.$OutputBody }
  'app.waypost.list.save': { input: { place: object; list?: string }; output: app.waypost.list.save.$OutputBody }
  'app.waypost.list.unfollow': { input: { subject: string }; output: app.waypost.list.unfollow.$OutputBody }
  'app.waypost.list.unsave': { input: { place: string; list?: string }; output: app.waypost.list.unsave.$OutputBody }
  'app.waypost.moderation.report': {
    input: { subject: object; reasonType: string; reason?: string }
    output: app.waypost.moderation.report.$OutputBody
  }
  'app.waypost.notification.registerPush': {
    input: { endpoint: string; p256dh: string; auth: string }
    output: app.waypost.notification.registerPush.$OutputBody
  }
  'app.waypost.notification.unregisterPush': {
    input: { endpoint: string }
    output: app.waypost.notification.unregisterPush.$OutputBody
  }
  'app.waypost.notification.updateSeen': {
    input: { seenAt: string }
    output: app.waypost.notification.updateSeen.$OutputBody
  }
  'app.waypost.place.create': { input: RecordPlace; output: app.waypost.place.create.$OutputBody }
  'app.waypost.place.link': { input: { place: object; sameAs: object }; output: app.waypost.place.link.$OutputBody }
  'app.waypost.place.unlink': {
    input: { place: string; sameAs: string }
    output: app.waypost.place.unlink.$OutputBody
  }
  'app.waypost.presence.enter': { input: { checkin: string }; output: app.waypost.presence.enter.$OutputBody }
  'app.waypost.presence.leave': { input: object; output: app.waypost.presence.leave.$OutputBody }
  'app.waypost.tip.create': { input: { place: object; text: string }; output: app.waypost.tip.create.$OutputBody }
  'app.waypost.tip.delete': { input: { uri: string }; output: app.waypost.tip.delete.$OutputBody }
  'app.waypost.graph.block': { input: { subject: string }; output: app.waypost.graph.block.$OutputBody }
  'app.waypost.graph.follow': { input: { subject: string }; output: app.waypost.graph.follow.$OutputBody }
  'app.waypost.graph.unblock': { input: { subject: string }; output: app.waypost.graph.unblock.$OutputBody }
  'app.waypost.graph.unfollow': { input: { subject: string }; output: app.waypost.graph.unfollow.$OutputBody }
}

interface Call<Params, Output> {
  params: { [Name in keyof Params]: Params[Name] extends string | undefined ? string | undefined : Params[Name] }
  output: Output
}

/** Why a call gave nothing: the server's own XRPC error, or `NetworkFailure` where no answer came at all. */
export class ApiError extends Error {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number
  /** The lexicon's name of the error, such as `NotFound`. */
  readonly error: string

  constructor(status: number, error: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.error = error
  }
}

/** Asks one query. @throws ApiError */
export async function ask<Name extends keyof Queries>(
  name: Name,
  params: Queries[Name]['params'],
  signal?: AbortSignal,
): Promise<Queries[Name]['output']> {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined) search.set(key, String(value))
  }
  const query = search.size === 0 ? '' : `?${search}`
  return (await send(`/xrpc/${name}${query}`, { signal: signal ?? null })) as Queries[Name]['output']
}

/** Calls one procedure. @throws ApiError */
export async function call<Name extends keyof Procedures>(
  name: Name,
  input: Procedures[Name]['input'],
  signal?: AbortSignal,
): Promise<Procedures[Name]['output']> {
  const init = { ...postJson(input), signal: signal ?? null }
  return (await send(`/xrpc/${name}`, init)) as Procedures[Name]['output']
}

/** The DID of whoever is signed in at this very moment, from the server itself. @throws ApiError */
export async function whoIsSignedIn(signal: AbortSignal): Promise<string | undefined> {
  const answer = await send('/xrpc/app.waypost.actor.getSession', { signal, cache: 'no-store' })
  return (answer as app.waypost.actor.getSession.$OutputBody).actor?.did
}

/** Stores one photo, already re-encoded, on the person's PDS. @throws ApiError */
export async function uploadPhoto(image: Blob, signal: AbortSignal): Promise<app.waypost.feed.uploadPhoto.Uploaded> {
  const init = { method: 'POST', headers: { 'content-type': image.type }, body: image, signal }
  const { photo } = (await send('/xrpc/app.waypost.feed.uploadPhoto', init)) as {
    photo: app.waypost.feed.uploadPhoto.Uploaded
  }
  return photo
}

/** The address of the page where a person proves who they are; `posts`: and allows posts on Bluesky. @throws ApiError */
export async function startSignIn(handle: string, returnTo: string, options: { posts?: true } = {}): Promise<string> {
  return startAuthorization('/oauth/sign-in', { handle, returnTo, ...options })
}

/** The address of the page where an account is made. @throws ApiError */
export async function startSignUp(returnTo: string): Promise<string> {
  return startAuthorization('/oauth/sign-up', { returnTo })
}

/** Ends the session of this browser, another one by its name, or all of them. @throws ApiError */
export async function signOut(session?: string): Promise<void> {
  await send('/oauth/sign-out', postJson(session === undefined ? {} : { session }))
}

/** A browser that the person is signed in with. */
export interface SessionView {
  readonly name: string
  /** ISO 8601; absent of one that began before this was noted. */
  readonly since?: string
  /** Roughly which. */
  readonly browser?: string
  readonly isThis: boolean
}

/** Where the person is signed in, newest first. @throws ApiError */
export async function listSessions(signal?: AbortSignal): Promise<readonly SessionView[]> {
  const { sessions } = (await send('/oauth/sessions', { signal: signal ?? null })) as { sessions: SessionView[] }
  return sessions
}

async function startAuthorization(path: string, input: object): Promise<string> {
  const { url } = (await send(path, postJson(input))) as { url: string }
  if (!/^https?:$/.test(new URL(url, location.href).protocol))
    throw new ApiError(0, 'UpstreamFailure', 'No web address')
  return url
}

/** A body of JSON, to be sent. */
export function postJson(input: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) }
}

/** One request to this server. @throws ApiError */
export async function send(path: string, init: RequestInit): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin' })
  } catch (cause) {
    // Whoever no longer wants an answer is told nothing; one that did not come in time is as one that never came.
    if (init.signal?.aborted && (init.signal.reason as Error).name !== 'TimeoutError') throw cause
    throw new ApiError(0, 'NetworkFailure', 'The server could not be reached.')
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) {
    noteKept(response.headers.get(KEPT_AT) ?? undefined)
    return body ?? {}
  }
  const { error, message } = (body ?? {}) as { error?: unknown; message?: unknown }
  throw new ApiError(
    response.status,
    typeof error === 'string' ? error : 'UnknownError',
    typeof message === 'string' ? message : `The server answered with status ${response.status}.`,
  )
}

/** A failure as it is kept, to be explained in the language that is spoken when it is shown. */
export type Fault = Pick<ApiError, 'status' | 'error' | 'message'>

/** Of a failed call; of anything else only that this client failed. */
export function toFault(thrown: unknown): Fault {
  if (!(thrown instanceof ApiError)) return { status: 0, error: 'ClientFailure', message: String(thrown) }
  const { status, error, message } = thrown
  return { status, error, message }
}

/** What to tell a person about a failed call: one plain sentence, never a stack or a code. */
export function explain(thrown: unknown): string {
  return explainFault(toFault(thrown))
}

export function explainFault(fault: Fault): string {
  if (fault.error === 'ClientFailure') return t.faults.unknown
  if (fault.error === 'NetworkFailure') return t.faults.network
  if (fault.error === 'AuthRequired' || fault.status === 401) return t.faults.session
  if (fault.error === 'UpstreamFailure') return t.faults.upstream
  if (fault.status === 429) return t.faults.tooMany
  if (fault.error === 'BudgetExceeded') return t.faults.leftOut
  if (fault.status >= 500) return t.faults.server
  return (t.faults.named as Readonly<Record<string, string>>)[fault.error] ?? t.faults.refused(fault.message)
}
