import type { Logger, World } from '@waypost/kernel'
import type { Frame } from '#wire/frame.ts'
import { fetchHostKind, type HostKind } from '#wire/host-kind.ts'
import type { Outbound } from '#wire/outbound.ts'
import { subscribe as subscribeToHost, type Received } from '#wire/subscription.ts'
import type { Speaker } from '#verify/authority.ts'
import { Stopped, type Patience } from '#log/patience.ts'
import type { HostStatus, IngestEvents, IngestHost } from '#log/ingest-port.ts'
import type { Window } from '#log/ingest-window.ts'
import type { EventLog } from '#log/log.ts'

/**
 * The hosts that are followed, each in a loop of its own.
 * In: origins. Out: their frames in order, and word when a host has lost what we did not read.
 * Promise: a host is read on from where its frames are settled; one that says so is read from where it can; none is read
 * faster than the window has room.
 */
export interface Hosts {
  /** Nothing happens where it is followed already. */
  add(host: IngestHost): void
  status(): readonly HostStatus[]
  /** Whether frames from some time ago are still coming in. */
  isCatchingUp(): boolean
  /** Resolves when all loops have ended, which they do by the signal. */
  ended(): Promise<void>
}

/** A host's frames in one numbering of them. */
export interface Stream extends Speaker {
  /** What the log calls it: the sources and cursors of its events. */
  readonly name: string
}

export type SequencedFrame = Extract<Frame, { readonly seq: number }>

export interface HostsOptions {
  readonly world: World
  readonly log: Logger
  readonly signal: AbortSignal
  readonly outbound: Outbound
  readonly eventLog: EventLog
  readonly window: Window
  readonly patience: Patience
  readonly events: IngestEvents
  readonly subscribe?: typeof subscribeToHost | undefined
  readonly take: (stream: Stream, frame: SequencedFrame, received: Received) => void
  /** There are events of this host that nobody will tell us of any more. */
  readonly onGap: (stream: Stream) => void
  readonly onFailure: (error: unknown) => void
}

interface Said {
  readonly name: string
  readonly message: string | undefined
}

interface Followed {
  readonly url: string
  kind: HostKind | undefined
  stream: Stream | undefined
  connected: boolean
  lastSeq: number | undefined
  waiting: number
  startCursor: number | undefined
  lagMs: number | undefined
  heardAt: number
  renumberedAt: number
}

const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 30_000
/** A host that was heard within the first, and whose frames are older than the second, is being caught up with. */
const HEARD_MS = 10_000
const LAG_MS_MAX = 30_000
/**
 * A host whose numbering begins anew more often than this is read from its beginning each time, but its cursor in the
 * log stays where it was: every numbering leaves a row there.
 */
const RENUMBERED_EVERY_MS_MIN = 60 * 60_000

export function createHosts(options: HostsOptions): Hosts {
  const { world, log, signal, outbound, eventLog, window, patience, events, onFailure } = options
  const subscribe = options.subscribe ?? subscribeToHost
  const followed = new Map<string, Followed>()
  const loops = new Set<Promise<void>>()

  /** A host that is away is asked again: before it answers there is nothing to follow. */
  async function kindOf(host: Followed): Promise<HostKind> {
    for (let delayMs = RETRY_MS_MIN; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      if (signal.aborted) throw new Stopped('ask what a host is')
      const kind = await fetchHostKind(outbound, host.url, signal)
      if (kind.ok) return kind.value
      events.connection(host.url, 'disconnected')
      log.info({ host: host.url, detail: kind.error }, 'a host does not answer yet')
      await world.timers.sleep(delayMs * (0.5 + world.random.fraction() / 2), signal)
    }
  }

  async function follow(host: Followed, from: 'oldest' | 'newest'): Promise<void> {
    const { url } = host
    const kind = (host.kind ??= await kindOf(host))
    const name = await patience('read a numbering', () => eventLog.streamOf(url))
    host.stream = { host: url, kind, name }
    const noted = await patience('read a cursor', () => eventLog.cursor(name))
    // The first of a new numbering is wanted whole: where its cursor is absent, it begins with what is oldest.
    host.startCursor = noted ?? (from === 'oldest' || name !== url ? 0 : undefined)
    const frames = subscribe({
      world,
      outbound,
      url,
      cursor: host.startCursor,
      signal,
      onState(state, detail) {
        host.connected = state === 'connected'
        events.connection(url, state)
        log.info({ host: url, kind, state, detail }, 'host')
      },
    })
    for await (const received of frames) {
      events.frameReceived(url, received)
      host.waiting = received.waiting
      const said = take(host, host.stream, received)
      if (said) await hear(host, said)
      await window.room()
    }
  }

  /** Answers what the host says of the stream itself, if that is what came. */
  function take(host: Followed, stream: Stream, received: Received): Said | undefined {
    const { frame: result, receivedAt } = received
    if (!result.ok) {
      events.refused({ reason: result.error, detail: 'not a frame' }, host.url)
      return undefined
    }
    const frame = result.value
    if (frame.kind === 'info') return { name: frame.name, message: frame.message }
    if (frame.kind === 'error') return { name: frame.error, message: frame.message }
    host.lastSeq = frame.seq
    host.heardAt = receivedAt
    const sentAt = Date.parse(frame.time)
    if (!Number.isNaN(sentAt)) host.lagMs = receivedAt - sentAt
    options.take(stream, frame, received)
    return undefined
  }

  /**
   * What a host says of its stream. OutdatedCursor: it goes on with the oldest that it still has. FutureCursor: it has
   * begun to count anew; the subscription reads it from its beginning, and from here on its frames have another name in
   * the log. In both cases there may be events between that are not told any more. ConsumerTooSlow: it hangs up, and
   * the subscription comes back with the cursor that it has.
   */
  async function hear(host: Followed, { name, message }: Said): Promise<void> {
    events.hostSaid(name)
    log.warn({ host: host.url, said: name, message }, 'the host says')
    if (name === 'FutureCursor') await renumber(host)
    if (name === 'FutureCursor' || name === 'OutdatedCursor') options.onGap(host.stream!)
  }

  async function renumber(host: Followed): Promise<void> {
    const now = world.clock.elapsed()
    const nothingRead = (window.settledSeq(host.stream!.name) ?? host.startCursor ?? 0) === 0
    if (nothingRead || now - host.renumberedAt < RENUMBERED_EVERY_MS_MIN) return
    host.renumberedAt = now
    const name = await patience('begin a numbering', () => eventLog.renumber(host.url))
    host.stream = { ...host.stream!, name }
    host.startCursor = 0
    host.lastSeq = undefined
  }

  return {
    add({ url: address, kind, from = 'oldest' }) {
      const url = URL.parse(address)?.origin
      if (!url || url === 'null' || followed.has(url) || signal.aborted) return
      const host: Followed = {
        url,
        kind,
        stream: undefined,
        connected: false,
        lastSeq: undefined,
        waiting: 0,
        startCursor: undefined,
        lagMs: undefined,
        heardAt: -Infinity,
        renumberedAt: -Infinity,
      }
      followed.set(url, host)
      const loop = follow(host, from)
        .catch(onFailure)
        .finally(() => loops.delete(loop))
      loops.add(loop)
    },

    status() {
      const queued = window.queued()
      return [...followed.values()].map(({ url, kind, stream, connected, lastSeq, waiting, startCursor, lagMs }) => ({
        url,
        kind,
        connected,
        cursor: (stream && window.settledSeq(stream.name)) ?? startCursor,
        lastSeq,
        waiting,
        queued: (stream && queued.get(stream.name)) ?? 0,
        lagMs,
      }))
    },

    isCatchingUp() {
      const heardAfter = world.clock.now() - HEARD_MS
      return [...followed.values()].some(({ heardAt, lagMs = 0 }) => heardAt > heardAfter && lagMs > LAG_MS_MAX)
    },

    async ended() {
      await Promise.all(loops)
    },
  }
}
