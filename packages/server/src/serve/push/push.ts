import type { Did, World } from '@waypost/kernel'
import type { KeyValue } from '@waypost/engine'
import type { Committed } from '#project/batch.ts'
import type { Notice } from '#query/notification.ts'
import type { Queries } from '#query/queries.ts'
import type { SeenStates } from '#serve/seen.ts'
import { viewNotices } from '#view/notification.ts'
import type { PushDelivery } from './delivery.ts'
import { pushMessage } from './message.ts'
import type { PushSubscription, PushSubscriptions } from './subscriptions.ts'

/**
 * Tells people's browsers what concerns them as it happens. In: batches that were committed. Out: messages to deliver.
 * Promise: nothing is told that a person's notifications would not show at that moment, since they are what is asked;
 * nothing is told twice while the server runs; and nobody is told more often than once in `QUIET_MS`.
 */
export interface Push extends AsyncDisposable {
  /** To be called after each batch, once the read model has caught up with the log. */
  follow(committed: Committed): void
  /** The read model has caught up, and it is for this process to tell: what came while nobody was looking is told now. */
  begin(): Promise<void>
  /** It is for another process to tell from now on. */
  rest(): void
  /** Whether an address may be that of a push service: it is a stranger's word, and is written to later. */
  mayReach(endpoint: string): boolean
  register(did: Did, subscription: PushSubscription): Promise<void>
  unregister(did: Did, endpoint: string): Promise<void>
  /** The person is signed in nowhere any more. */
  forget(did: Did): Promise<void>
}

export interface PushParts {
  readonly world: World
  readonly queries: Queries
  readonly keyValue: KeyValue
  readonly seen: SeenStates
  readonly subscriptions: PushSubscriptions
  readonly deliver: PushDelivery
  readonly mayReach: (endpoint: string) => boolean
  readonly failed: (error: unknown) => void
}

/** What happens within this of each other is told as one. */
const LOOK_EVERY_MS = 2_000
/** After a message so long none; what comes meanwhile is told together. */
const QUIET_MS = 60_000
/** People looked at in one go, at about a millisecond each; the others wait for the next. */
const LOOKS_MAX = 100
const NOTICES_MAX = 50
/** Of one person as many of the newest are remembered, at some 100 bytes each. */
const KNOWN_MAX = 200
/** What is older is in the list of notifications, and no news. */
const NEWS_MS_MAX = 86_400_000

const MARK_PREFIX = 'push-mark/'

interface Follower {
  /** Notices that were on the list when it was last looked at, with their sort times; undefined before the first look. */
  known: ReadonlyMap<string, number> | undefined
  quietUntil: number
}

export function startPush(parts: PushParts): Push {
  const { world, queries, keyValue, seen, subscriptions, deliver, failed } = parts
  const followers = new Map<Did, Follower>()
  /** Of those followers whom the read model knows; a DID keeps its id. */
  const ids = new Map<number, Did>()
  const unknown = new Set<Did>()
  const waiting = new Set<Did>()
  const stop = new AbortController()
  let isTelling = false
  subscriptions.onRegistered((did) => void (isTelling && meet(did)))
  let looking = Promise.resolve()
  const ticks = world.timers.every(LOOK_EVERY_MS, () => (looking = lookAtWaiting()))

  function add(did: Did): void {
    if (followers.has(did)) return
    followers.set(did, { known: undefined, quietUntil: 0 })
    unknown.add(did)
  }

  function meet(did: Did): void {
    if (followers.has(did)) return
    add(did)
    waiting.add(did)
  }

  function drop(did: Did): void {
    followers.delete(did)
    unknown.delete(did)
    waiting.delete(did)
    for (const [id, other] of ids) if (other === did) ids.delete(id)
  }

  function findUnknown(): void {
    for (const did of unknown) {
      const person = queries.personByDid(did)
      if (person === undefined) continue
      ids.set(person.id, did)
      unknown.delete(did)
    }
  }

  async function lookAtWaiting(): Promise<void> {
    const now = world.clock.now()
    const due = [...waiting].filter((did) => followers.get(did)!.quietUntil <= now).slice(0, LOOKS_MAX)
    for (const did of due) {
      if (stop.signal.aborted) return
      waiting.delete(did)
      try {
        await look(did)
      } catch (error) {
        // The key-value store is away: the next round asks again.
        if (followers.has(did)) waiting.add(did)
        failed(error)
      }
    }
  }

  async function look(did: Did): Promise<void> {
    const told = subscriptions.of(did)
    if (told.length === 0) return drop(did)
    const markMs = await readMark(did)
    const seenMs = seen.get(did)
    const follower = followers.get(did)
    const person = queries.personByDid(did)
    if (follower === undefined || person === undefined) return
    const now = world.clock.now()
    const page = queries.notifications(person, { limit: NOTICES_MAX, now })
    const notices = page.ok ? page.value.notices : []
    const since = now - NEWS_MS_MAX
    const { known } = follower
    // A like may come late and be told all the same; after a start only its time says whether it was told before.
    const isNew = ({ key, sort }: Notice): boolean =>
      sort > since && (known === undefined ? sort > Math.max(markMs, seenMs) : !known.has(key))
    const [newest, ...others] = viewNotices(queries, notices.filter(isNew), { viewer: did, seenMs })
    if (newest !== undefined) await writeMark(did, now)
    const all = new Map([...(known ?? []), ...notices.map(({ key, sort }) => [key, sort] as const)])
    const newestFirst = [...all].filter(([, sort]) => sort > since).sort(([, a], [, b]) => b - a)
    follower.known = new Map(newestFirst.slice(0, KNOWN_MAX))
    if (newest === undefined) return
    follower.quietUntil = now + QUIET_MS
    const message = pushMessage([newest, ...others])
    for (const subscription of told) deliver.send(did, subscription, message)
  }

  async function readMark(did: Did): Promise<number> {
    const held = await keyValue.get(MARK_PREFIX + did)
    return held === undefined ? 0 : Number(Buffer.from(held.value).toString())
  }

  async function writeMark(did: Did, ms: number): Promise<void> {
    await keyValue.put(MARK_PREFIX + did, Buffer.from(String(ms)), { expiresAt: ms + NEWS_MS_MAX })
  }

  return {
    mayReach: parts.mayReach,
    follow(committed) {
      if (unknown.size > 0) findUnknown()
      for (const id of queries.concernedBy(committed, ids)) waiting.add(ids.get(id)!)
    },
    async begin() {
      isTelling = true
      for (const did of subscriptions.everyone()) meet(did)
      for (const [did, follower] of followers) {
        // Another process may have told of them meanwhile: the mark says up to when.
        follower.known = undefined
        waiting.add(did)
      }
    },
    rest: () => void (isTelling = false),
    async register(did, subscription) {
      // What is on the list already is no news to the first browser.
      if (!followers.has(did)) await writeMark(did, world.clock.now())
      await subscriptions.put(did, subscription)
      meet(did)
    },
    unregister: (did, endpoint) => subscriptions.delete(did, endpoint),
    async forget(did) {
      await subscriptions.deleteAll(did)
      await keyValue.delete(MARK_PREFIX + did)
      drop(did)
    },
    async [Symbol.asyncDispose]() {
      ticks[Symbol.dispose]()
      subscriptions[Symbol.dispose]()
      stop.abort()
      await looking
      await deliver[Symbol.asyncDispose]()
    },
  }
}
