import { encryptNotification, vapidHeaders } from '@block65/webcrypto-web-push'
import type { Did, World } from '@waypost/kernel'
import type { PushKeys } from './keys.ts'
import type { PushMessage } from './message.ts'
import type { PushSubscription } from './subscriptions.ts'

/**
 * Messages to browsers, by way of their push services (RFC 8030), which can read none of them (RFC 8291). In: a message
 * for a subscription. Out: nothing; how each ended is told as an event. Promise: no more messages wait, and no more
 * requests run, than the limits say; of one browser only the newest message waits.
 */
export interface PushDelivery extends AsyncDisposable {
  send(did: Did, subscription: PushSubscription, message: PushMessage): void
}

export type PushOutcome =
  | 'sent'
  /** Will be tried again. */
  | 'put-off'
  /** A newer one took its place before it was sent. */
  | 'replaced'
  /** The browser is subscribed no longer; neither with us from now on. */
  | 'gone'
  /** The push service does not take it: the keys, or the size. */
  | 'refused'
  | 'unanswered'
  /** As many in a row were left unanswered as make us forget the browser. */
  | 'given-up'
  | 'queue-full'

export interface DeliveryParts {
  readonly world: World
  /** Guarded: the address of a push service is a stranger's word. */
  readonly fetch: typeof globalThis.fetch
  readonly keys: PushKeys
  readonly ended: (outcome: PushOutcome) => void
  readonly forget: (did: Did, endpoint: string) => Promise<void>
  /** The key-value store is away: a browser that is gone will be found gone again. */
  readonly failed: (error: unknown) => void
}

interface Job {
  readonly did: Did
  readonly subscription: PushSubscription
  message: PushMessage
  tries: number
}

/** Past this a message is dropped. */
const WAITING_MAX = 10_000
const REQUESTS_MAX = 8
const ANSWER_MS_MAX = 10_000
/** After each failure; the last one is followed by none. Spread by a fifth, so that they don't come all at once again. */
const RETRY_MS: readonly number[] = [15_000, 120_000, 900_000]
/** A push service may ask for more patience, up to this. */
const RETRY_AFTER_MS_MAX = 3_600_000
/** So many messages in a row without an answer: whoever named that address meant no push service. */
const UNANSWERED_MAX = 5

export function createPushDelivery({ world, fetch, keys, ended, forget, failed }: DeliveryParts): PushDelivery {
  const jobs = new Map<string, Job>()
  const ready: Job[] = []
  const unanswered = new Map<string, number>()
  const stop = new AbortController()
  const running = new Set<Promise<void>>()

  function pump(): void {
    while (running.size < REQUESTS_MAX && !stop.signal.aborted) {
      const job = ready.shift()
      if (job === undefined) return
      const run = deliver(job)
        .catch(failed)
        .finally(() => {
          running.delete(run)
          pump()
        })
      running.add(run)
    }
  }

  async function deliver(job: Job): Promise<void> {
    const { endpoint } = job.subscription
    const { message } = job
    const answer = await post(job.subscription, message)
    if (stop.signal.aborted) return
    if (answer.kind === 'again' && job.tries < RETRY_MS.length) return putOff(job, answer.afterMs)
    jobs.delete(endpoint)
    if (answer.kind !== 'again') unanswered.delete(endpoint)
    if (answer.kind === 'gone') await forget(job.did, endpoint)
    if (answer.kind !== 'again') ended(answer.kind)
    else await leaveUnanswered(job)
    // What came while this one was on its way.
    if (answer.kind === 'sent' && job.message !== message) send(job.did, job.subscription, job.message)
  }

  function putOff(job: Job, afterMs: number | undefined): void {
    ended('put-off')
    const spread = RETRY_MS[job.tries]! * (0.9 + world.random.fraction() * 0.2)
    const delayMs = Math.max(spread, Math.min(afterMs ?? 0, RETRY_AFTER_MS_MAX))
    job.tries++
    void world.timers.sleep(delayMs, stop.signal).then(() => {
      ready.push(job)
      pump()
    })
  }

  async function leaveUnanswered({ did, subscription: { endpoint } }: Job): Promise<void> {
    const count = (unanswered.get(endpoint) ?? 0) + 1
    unanswered.set(endpoint, count)
    if (count < UNANSWERED_MAX) return ended('unanswered')
    unanswered.delete(endpoint)
    await forget(did, endpoint)
    ended('given-up')
  }

  type Answered = { readonly kind: 'sent' | 'gone' | 'refused' } | { readonly kind: 'again'; readonly afterMs?: number }

  async function post(subscription: PushSubscription, message: PushMessage): Promise<Answered> {
    const { endpoint, p256dh, auth } = subscription
    // The library insists on https, which every push service has; that of a test on loopback need not.
    const addressee = { endpoint: endpoint.replace(/^http:/, 'https:'), expirationTime: null, keys: { p256dh, auth } }
    try {
      const body = await encryptNotification(addressee, Buffer.from(JSON.stringify(message.shown)))
      const { headers } = await vapidHeaders(addressee, keys)
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          ...headers,
          'content-encoding': 'aes128gcm',
          'content-type': 'application/octet-stream',
          ttl: String(message.keptSeconds),
          urgency: 'normal',
        },
        body,
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS_MAX), stop.signal]),
      })
      // What a push service says beside its status is of no use here, however long.
      await response.body?.cancel()
      return answerOf(response, world.clock.now())
    } catch {
      return { kind: 'again' }
    }
  }

  function send(did: Did, subscription: PushSubscription, message: PushMessage): void {
    if (stop.signal.aborted) return
    const waiting = jobs.get(subscription.endpoint)
    if (waiting !== undefined) {
      waiting.message = message
      return ended('replaced')
    }
    if (jobs.size >= WAITING_MAX) return ended('queue-full')
    const job = { did, subscription, message, tries: 0 }
    jobs.set(subscription.endpoint, job)
    ready.push(job)
    pump()
  }

  return {
    send,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(running)
    },
  }
}

function answerOf({ ok, status, headers }: Response, now: number) {
  if (ok) return { kind: 'sent' } as const
  if (status === 404 || status === 410) return { kind: 'gone' } as const
  if (status !== 429 && status < 500) return { kind: 'refused' } as const
  const after = headers.get('retry-after') ?? ''
  const afterMs = /^\d{1,6}$/.test(after) ? Number(after) * 1_000 : Date.parse(after) - now
  return { kind: 'again', afterMs: Number.isNaN(afterMs) ? 0 : afterMs } as const
}
