import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assert, type Did, type World } from '@waypost/kernel'
import { WebSocketServer, type WebSocket } from 'ws'
import { spoiltFrame, type Fault } from './fault.ts'
import { answer, type Account } from './host-endpoints.ts'
import { openFrameLog, type FrameLog } from './frame-log.ts'
import { accountFrame, commitFrame, errorFrame, identityFrame, infoFrame, syncFrame, type Stamp } from './frame.ts'
import type { RepoWrite, SignedRepo } from './signed-repo.ts'

/**
 * A small host of repositories, on 127.0.0.1: what a PDS shows to the network, and nothing else.
 * In: events in order. Out: the event stream with replay by cursor, and the queries that a reader of it makes.
 * Promise: `getRepo` answers at any time with the state at the newest message emitted, or one commit later.
 */
export interface FakeHost extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** `127.0.0.1:<port>`, as `requestCrawl` wants it. */
  readonly hostname: string
  readonly emitted: { readonly frames: number; readonly commits: number; readonly writes: number }
  /** How many subscribers are connected, and how many of all frames the furthest of them has been sent. */
  readonly readers: { readonly count: number; readonly furthest: number }
  addAccount(account: { did: Did; handle: string; repo: SignedRepo }): void
  /** Emits one event, whether anybody listens or not. */
  emit(event: HostEvent): Promise<void>
  /**
   * Emits events one after another: at `eventsPerSecond`, or without it as fast as the furthest subscriber reads,
   * and not before there is one. Resolves when all are emitted or the signal aborts.
   */
  play(
    events: AsyncIterable<HostEvent> | Iterable<HostEvent>,
    options?: { readonly eventsPerSecond?: number; readonly signal?: AbortSignal },
  ): Promise<void>
  /** Hangs up on all subscribers. */
  disconnect(): void
}

export type HostEvent =
  | {
      readonly kind: 'commit'
      readonly did: Did
      readonly writes: readonly RepoWrite[]
      /** Microseconds since 1970 for the rev; without it the present. */
      readonly at?: number
      /** First a message for the same writes that is bad in this way. */
      readonly fault?: Fault
      /** Then `once` the true one, or `twice`, or `never`: the repository goes on, its readers are not told. */
      readonly sent?: 'once' | 'twice' | 'never'
    }
  | { readonly kind: 'identity'; readonly did: Did; readonly handle?: string }
  | { readonly kind: 'account'; readonly did: Did; readonly active: boolean; readonly status?: string }
  | { readonly kind: 'sync'; readonly did: Did }
  | { readonly kind: 'raw'; readonly frame: (stamp: Stamp) => Uint8Array }

/** Past this much unsent to one subscriber, no more is read from the history for it. */
const UNSENT_BYTES_MAX = 256 * 1_024
/** How far `play` runs ahead of the furthest subscriber. */
const FRAMES_AHEAD_MAX = 32

/** `historyMax` frames can be replayed; older ones are gone (`OutdatedCursor`). `seq` counts from `firstSeq`. */
export async function startFakeHost(options: {
  readonly world: World
  readonly port?: number
  readonly historyMax?: number
  readonly firstSeq?: number
}): Promise<FakeHost> {
  const { world, port = 0, historyMax = Infinity, firstSeq = 1 } = options
  const accounts = new Map<Did, Account>()
  const log = openFrameLog()
  const readers = new Set<Reader>()
  const counts = { frames: 0, commits: 0, writes: 0 }
  let moved = Promise.withResolvers<void>()

  const http = createServer((request, response) => answer(request, response, accounts))
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  http.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://host')
    if (url.pathname !== '/xrpc/com.atproto.sync.subscribeRepos') return void socket.destroy()
    sockets.handleUpgrade(request, socket, head, (client) => subscribe(client, url.searchParams.get('cursor')))
  })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')
  const hostname = `127.0.0.1:${(http.address() as AddressInfo).port}`

  function tell(): void {
    moved.resolve()
    moved = Promise.withResolvers()
  }

  function subscribe(socket: WebSocket, cursorText: string | null): void {
    socket.on('error', () => socket.terminate())
    const oldest = Math.max(0, log.length - historyMax)
    let from = log.length
    if (cursorText !== null) {
      from = Number(cursorText) - firstSeq + 1
      if (!(from <= log.length)) {
        socket.send(errorFrame({ error: 'FutureCursor', message: 'Cursor is in the future' }))
        return socket.close()
      }
      if (from < oldest && Number(cursorText) !== 0) {
        socket.send(infoFrame({ name: 'OutdatedCursor', message: 'Some events are no longer here' }))
      }
    }
    const reader: Reader = { socket, position: Math.max(from, oldest) }
    readers.add(reader)
    socket.on('close', () => (readers.delete(reader), tell()))
    void feed(reader, log, () => moved.promise, tell)
    tell()
  }

  function append(make: (stamp: Stamp) => Uint8Array): void {
    log.append(make({ seq: firstSeq + log.length, time: new Date(world.clock.now()).toISOString() }))
    counts.frames = log.length
    tell()
  }

  function accountOf(did: Did): Account {
    const account = accounts.get(did)
    assert(account, 'the host has the account')
    return account
  }

  async function emit(event: HostEvent): Promise<void> {
    if (event.kind === 'raw') return append(event.frame)
    const account = accountOf(event.did)
    const { did } = event
    if (event.kind === 'identity') {
      if (event.handle !== undefined) account.handle = event.handle
      append((stamp) => identityFrame(stamp, { did, handle: account.handle }))
    } else if (event.kind === 'account') {
      account.active = event.active
      account.status = event.status
      append((stamp) => accountFrame(stamp, { did, active: event.active, status: event.status }))
    } else if (event.kind === 'sync') {
      const { head } = account.repo
      assert(head, 'a repository has a first commit')
      append((stamp) => syncFrame(stamp, { did, rev: head.rev, blocks: account.repo.headCar() }))
    } else {
      await emitCommit(account.repo, event)
    }
  }

  async function emitCommit(repo: SignedRepo, event: HostEvent & { kind: 'commit' }): Promise<void> {
    const { writes, at, fault, sent = 'once' } = event
    if (fault) {
      const stamp: Stamp = { seq: firstSeq + log.length, time: new Date(world.clock.now()).toISOString() }
      const nowMicros = at ?? Math.floor(world.clock.now() * 1_000)
      const spoilt = await spoiltFrame(fault, repo, writes, { stamp, nowMicros })
      append(() => spoilt)
    }
    const commit = await repo.commit(writes, at === undefined ? {} : { at })
    counts.commits++
    counts.writes += writes.length
    for (let copy = { never: 0, once: 1, twice: 2 }[sent]; copy > 0; copy--) append((s) => commitFrame(s, commit))
  }

  function furthest(): number {
    let position = -Infinity
    for (const reader of readers) position = Math.max(position, reader.position)
    return position
  }

  return {
    url: `http://${hostname}`,
    hostname,
    emitted: counts,
    get readers() {
      return { count: readers.size, furthest: Math.max(0, furthest()) }
    },
    addAccount: (account) => void accounts.set(account.did, { ...account, active: true, status: undefined }),
    emit,
    async play(events, { eventsPerSecond, signal } = {}) {
      const startedMs = world.clock.elapsed()
      const abort = aborted(signal)
      let played = 0
      for await (const event of events) {
        if (eventsPerSecond !== undefined) {
          const waitMs = startedMs + (played / eventsPerSecond) * 1_000 - world.clock.elapsed()
          if (waitMs > 0) await world.timers.sleep(waitMs, signal)
        } else {
          while (!signal?.aborted && furthest() < log.length - FRAMES_AHEAD_MAX) {
            await Promise.race([moved.promise, abort])
          }
        }
        if (signal?.aborted) return
        await emit(event)
        played++
      }
    },
    disconnect() {
      for (const { socket } of readers) socket.terminate()
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of readers) socket.terminate()
      sockets.close()
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
      await log[Symbol.asyncDispose]()
    },
  }
}

/** A subscriber and how many frames of the log it has been sent, or has not asked for. */
interface Reader {
  readonly socket: WebSocket
  position: number
}

/** Sends the log to one subscriber, never more at a time than it takes. */
async function feed(reader: Reader, log: FrameLog, moved: () => Promise<void>, tell: () => void): Promise<void> {
  const { socket } = reader
  while (socket.readyState === socket.OPEN) {
    if (reader.position >= log.length) {
      await moved()
      continue
    }
    for (const frame of await log.read(reader.position, UNSENT_BYTES_MAX)) {
      const sent = new Promise<void>((resolve) => socket.send(frame, () => resolve()))
      if (socket.bufferedAmount > UNSENT_BYTES_MAX) await sent
      if (socket.readyState !== socket.OPEN) return
      reader.position++
    }
    tell()
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
}
