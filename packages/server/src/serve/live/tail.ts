import type { World } from '@waypost/kernel'
import { eventFrame, infoFrame } from './frames.ts'
import { eventText, infoText, type LET_GO } from './event-text.ts'
import { inOwnMemory } from '#serve/own-memory.ts'

/**
 * The newest changes, for whoever follows live.
 * In: changes in the order of the log. Out: the same bytes to everyone from where each of them stands; to those who
 * block somebody, or are blocked, their own, without those people.
 * Promise: pull-based. What is held is bounded and shared; a subscriber is a cursor over it, not a queue. Whoever
 * falls out of what is held, or lets bytes lie for too long, is told so and let go; nobody else notices.
 */
export interface Tail extends Disposable {
  /** Everything past this position will be published. Until then every cursor counts as too old. */
  begin(start: number): void
  /** Changes of one batch, in order. All changes of one position come in the same call. */
  publish(changes: readonly LiveChange[]): void
  /**
   * Begins after `cursor`, or with the next change where there is none; not where too many follow already, or where the
   * cursor is past `logHead`, where the log ends: one that is ahead of this server alone is another server's, and waits.
   */
  follow(listener: Listener, cursor: number | undefined, logHead?: number): Following | 'full' | 'future'
  /** Whether a cursor is ahead of this server, so that the log has to be asked. */
  isAhead(cursor: number): boolean
  readonly count: number
  /** Of those, how many have not taken what was written to them. */
  readonly stalled: number
  /** Lets everyone go for now; whether somebody may come is not asked here. */
  sendAway(): void
  /** Ends every connection. */
  [Symbol.dispose](): void
}

export type LiveChange =
  /** Looked up when the first one wants it; nobody gets what is gone or hidden by then. */
  | { readonly kind: 'checkin'; readonly seq: number; readonly uri: string; readonly checkin: () => object | undefined }
  | { readonly kind: 'deletion'; readonly seq: number; readonly uri: string }
  /** Nothing of this account is visible any more. */
  | { readonly kind: 'account'; readonly seq: number; readonly did: string }

export interface Listener {
  readonly format: 'event-stream' | 'frames'
  /** Which changes are not for this one; absent where everything is. Asked before each write. */
  hides?(): ((change: LiveChange) => boolean) | undefined
  write(bytes: Uint8Array): void
  /** Bytes that were written and have not left this process. */
  buffered(): number
  /** Say why, and close. */
  letGo(why: keyof typeof LET_GO): void
  /** This server is going away: close, so that the other side comes again elsewhere. */
  end(): void
  /** Keeps the connection open where nothing happens. */
  beat(): void
}

export interface Following extends Disposable {
  /** The connection took what was buffered: there may be room for more. */
  drained(): void
}

export interface TailOptions {
  readonly eventsHeldMax?: number
  readonly followersMax?: number
  /** How many follow and how many were let go, for the metrics. */
  readonly counted?: (count: number) => void
  readonly letGo?: () => void
  /** What was published past `after`, up to `through`, was written to all who follow; `ms`: since the first of it. */
  readonly flushed?: (flush: { readonly after: number; readonly through: number; readonly ms: number }) => void
}

/** Enough for a phone that was in a tunnel; whoever was away for longer reads the feed again. */
const EVENTS_HELD_MAX = 4_096
const BYTES_HELD_MAX = 32_000_000
const FOLLOWERS_MAX = 10_000
/** Past this nothing more is written to a connection until it has drained. */
export const BUFFERED_BYTES_MAX = 256_000
/** One write at most; everyone at the same place gets the same buffer. */
const WRITE_BYTES_MAX = 64_000
/** A connection that has not drained for so long is not read any more. */
const STALLED_MS_MAX = 20_000
/** Changes of so many milliseconds go out in one write: a system call costs more than a change. */
export const TICK_MS = 20
export const BEAT_MS = 15_000

/** Made when somebody wants it: while nobody follows, nothing is looked up and nothing written down. */
interface HeldEvent {
  readonly change: LiveChange
  readonly isLast: boolean
  text?: Buffer
  frame?: Buffer
}

interface Follower {
  readonly listener: Listener
  /** Number of the next event, counted from the first one ever published. */
  next: number
  /** What they had already, of another server that was further. */
  readonly had: number
  stalledAt: number | undefined
}

export function createTail(world: World, options: TailOptions = {}): Tail {
  const { eventsHeldMax = EVENTS_HELD_MAX, followersMax = FOLLOWERS_MAX } = options
  const followers = new Set<Follower>()
  const held: HeldEvent[] = []
  let heldBytes = 0
  /** Number of the first held event. */
  let first = 0
  /** All events past this position are held. */
  let floor = Number.POSITIVE_INFINITY
  let head = Number.POSITIVE_INFINITY
  let flushing = false
  let flushedThrough = Number.POSITIVE_INFINITY
  const shared = new Map<
    Listener['format'],
    { readonly key: string; readonly bytes: Buffer; readonly through: number }
  >()
  const beats = world.timers.every(BEAT_MS, beat)

  function publish(changes: readonly LiveChange[]): void {
    for (const [at, change] of changes.entries()) {
      held.push({ change, isLast: changes[at + 1]?.seq !== change.seq })
      head = change.seq
    }
    while (held.length > eventsHeldMax || heldBytes > BYTES_HELD_MAX) {
      const dropped = held.shift()!
      heldBytes -= (dropped.text?.length ?? 0) + (dropped.frame?.length ?? 0)
      floor = dropped.change.seq
      first++
    }
    if (flushing || changes.length === 0) return
    flushing = true
    const start = world.clock.elapsed()
    void world.timers.sleep(TICK_MS).then(() => {
      flushing = false
      for (const follower of followers) pump(follower)
      options.flushed?.({ after: flushedThrough, through: head, ms: world.clock.elapsed() - start })
      flushedThrough = head
    })
  }

  function pump(follower: Follower): void {
    if (follower.next < first) return letGo(follower)
    while ((held[follower.next - first]?.change.seq ?? Number.POSITIVE_INFINITY) <= follower.had) follower.next++
    while (follower.next < first + held.length) {
      if (follower.listener.buffered() > BUFFERED_BYTES_MAX) {
        follower.stalledAt ??= world.clock.elapsed()
        return
      }
      const hides = follower.listener.hides?.()
      const { bytes, through } =
        hides === undefined ? batchFrom(follower.next, follower.listener.format) : ownBatch(follower, hides)
      follower.next = through
      if (bytes.length > 0) follower.listener.write(bytes)
    }
    follower.stalledAt = undefined
  }

  /** The next events as one buffer; made once for all who stand at the same place. */
  function batchFrom(next: number, format: Listener['format']): { readonly bytes: Buffer; readonly through: number } {
    const key = `${next} ${first + held.length}`
    const made = shared.get(format)
    if (made?.key === key) return made
    const parts: Buffer[] = []
    let length = 0
    let through = next
    while (through < first + held.length && (length === 0 || length < WRITE_BYTES_MAX)) {
      const event = held[through - first]!
      const part = bytesOf(event, format)
      parts.push(part)
      length += part.length
      through++
    }
    const batch = { key, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts, length), through }
    shared.set(format, batch)
    return batch
  }

  /** The same for one who may not see all of it. */
  function ownBatch({ next, listener }: Follower, hides: (change: LiveChange) => boolean) {
    const parts: Buffer[] = []
    let length = 0
    let through = next
    while (through < first + held.length && (length === 0 || length < WRITE_BYTES_MAX)) {
      const event = held[through++ - first]!
      if (hides(event.change)) continue
      const part = bytesOf(event, listener.format)
      parts.push(part)
      length += part.length
    }
    return { bytes: Buffer.concat(parts, length), through }
  }

  function bytesOf(event: HeldEvent, format: Listener['format']): Buffer {
    const made = format === 'frames' ? event.frame : event.text
    if (made) return made
    const bytes = inOwnMemory(format === 'frames' ? eventFrame(event.change) : eventText(event.change, event))
    if (format === 'frames') event.frame = bytes
    else event.text = bytes
    heldBytes += bytes.length
    return bytes
  }

  function letGo(follower: Follower): void {
    leave(follower)
    options.letGo?.()
    follower.listener.letGo('ConsumerTooSlow')
  }

  function leave(follower: Follower): void {
    if (followers.delete(follower)) options.counted?.(followers.size)
  }

  function beat(): void {
    const now = world.clock.elapsed()
    for (const follower of followers) {
      const { stalledAt, listener } = follower
      if (stalledAt !== undefined && now - stalledAt > STALLED_MS_MAX) letGo(follower)
      else if (stalledAt === undefined) listener.beat()
    }
  }

  /** Number of the first held event past a position. */
  function numberAfter(cursor: number): number {
    let low = 0
    let high = held.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (held[middle]!.change.seq <= cursor) low = middle + 1
      else high = middle
    }
    return first + low
  }

  return {
    begin(start) {
      floor = start
      head = start
      flushedThrough = start
    },
    publish,
    get count() {
      return followers.size
    },
    get stalled() {
      return [...followers].filter(({ stalledAt }) => stalledAt !== undefined).length
    },
    isAhead: (cursor) => cursor > head,
    follow(listener, cursor, logHead = head) {
      if (followers.size >= followersMax) return 'full'
      if (cursor !== undefined && cursor > Math.max(head, logHead)) return 'future'
      const follower: Follower = { listener, next: first + held.length, had: cursor ?? 0, stalledAt: undefined }
      if (cursor !== undefined) {
        if (cursor < floor) listener.write(listener.format === 'frames' ? infoFrame() : infoText())
        follower.next = numberAfter(cursor)
      }
      followers.add(follower)
      options.counted?.(followers.size)
      pump(follower)
      return {
        drained: () => {
          if (followers.has(follower)) pump(follower)
        },
        [Symbol.dispose]: () => leave(follower),
      }
    },
    sendAway() {
      for (const follower of followers) {
        leave(follower)
        follower.listener.letGo('BudgetExceeded')
      }
    },
    [Symbol.dispose]() {
      beats[Symbol.dispose]()
      for (const follower of followers) {
        leave(follower)
        follower.listener.end()
      }
    },
  }
}
