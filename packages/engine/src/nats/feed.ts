import { DeliverPolicy, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream'
import type { Connection } from './connection.ts'

/** What a feed holds of messages that nobody took yet. */
const FEED_BYTES_MAX = 8 * 1_024 * 1_024
/** The servers forget a feed that was silent so long. */
const FORGOTTEN_AFTER_MS = 30_000

/** The messages of the log in order, from one on. It is served by any copy, which may lag behind the leader's. */
export interface Feed extends Disposable {
  /** The sequence of the message that was taken last; of the first one, the one before it. */
  readonly taken: number
  /** The next message, or undefined where none came in time. */
  next(waitMs: number): Promise<JsMsg | undefined>
}

export async function openFeed(
  { world, jetstream, ask }: Connection,
  { stream, after, headersOnly }: { stream: string; after: number; headersOnly: boolean },
): Promise<Feed> {
  const consumer = await ask(() =>
    jetstream.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: after + 1,
      headers_only: headersOnly,
      inactive_threshold: FORGOTTEN_AFTER_MS,
    }),
  )
  const messages: ConsumerMessages = await ask(() => consumer.consume({ max_bytes: FEED_BYTES_MAX }))
  const iterator = messages[Symbol.asyncIterator]()
  let coming: Promise<JsMsg | undefined> | undefined
  let taken = after

  return {
    get taken() {
      return taken
    },
    async next(waitMs) {
      coming ??= iterator.next().then(
        (result) => (result.done ? undefined : result.value),
        () => undefined,
      )
      const late = new AbortController()
      const message = await Promise.race([coming, world.timers.sleep(waitMs, late.signal).then(() => undefined)])
      late.abort()
      if (message === undefined) return undefined
      coming = undefined
      taken = message.seq
      return message
    },
    // Not waited for: a message that nobody takes any more would keep it from ending.
    [Symbol.dispose]() {
      messages.stop()
      void consumer.delete().catch(() => undefined)
    },
  }
}
