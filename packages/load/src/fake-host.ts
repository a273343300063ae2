import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assert, type Did, type World } from '@waypost/kernel'
import { WebSocketServer, type WebSocket } from 'ws'
import { spoiltFrame, type Fault } from './fault.ts'
import { answer, type Account, type Serving } from './host-endpoints.ts'
import { openFrameLog } from './frame-log.ts'
import { accountFrame, commitFrame, errorFrame, identityFrame, infoFrame, syncFrame, type Stamp } from './frame.ts'
import type { RepoWrite, SignedRepo } from './signed-repo.ts'

/**
 * A small host of repositories, on 127.0.0.1: what a PDS or a relay shows to the network, and nothing else.
 * In: events in order. Out: the event stream with replay by cursor, and the queries that a reader of it makes.
 * Promise: `getRepo` answers at any time with the state at the newest message emitted, or one commit later.
 */
export interface FakeHost extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** `127.0.0.1:<port>`, as `requestCrawl` wants it. */
  readonly hostname: string
  readonly emitted: { readonly frames: number; readonly commits: number; readonly writes: number }
  /** The number of the newest frame; one less than the first where there is none. */
  readonly lastSeq: number
  /** How many subscribers are connected, and how many of all frames the furthest of them has been sent. */
  readonly readers: { readonly count: number; readonly furthest: number }
  /** `pds`: the URL of the host that serves the repository, where that is another one. */
  addAccount(account: { did: Did; handle: string; repo: SignedRepo; pds?: string }): void
  /**
   * As relays do: from now on whatever the other host emits is emitted here too, under numbers of our own, and its
   * accounts are known here. A message that is spoilt passes as it is.
   */
  carry(host: FakeHost): void
  /** Emits one event, whether anybody listens or not. */
  emit(event: HostEvent): Promise<void>
  /** What `emit` would say, without a spoilt message, and said to nobody: for another order, or other numbers. */
  compose(event: HostEvent): Promise<readonly Message[]>
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
  /** Only the newest `keep` of the frames so far can still be replayed: `OutdatedCursor` for whoever asks for more. */
  forget(options: { readonly keep: number }): void
  /** Loses its sequence: hangs up on all, forgets every frame, and the next one has this number (1 without it). */
  renumber(options?: { readonly firstSeq?: number }): void
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
  | { readonly kind: 'raw'; readonly frame: Message }

export type Message = (stamp: Stamp) => Uint8Array

/** Past this much unsent to one subscriber, no more is read from the history for it. */
const UNSENT_BYTES_MAX = 256 * 1_024
/** How far `play` runs ahead of the furthest subscriber. */
const FRAMES_AHEAD_MAX = 32

const COPIES = { never: 0, once: 1, twice: 2 } as const

interface HostOptions {
  readonly world: World
  /** What it says of itself: a relay describes no server, and lists the hosts that it carries. */
  readonly kind?: 'pds' | 'relay'
  /** Serves `com.atproto.sync.listReposByCollection`. The official PDS does not. */
  readonly listsByCollection?: boolean
  /** On 127.0.0.1; 0, the default, takes any free one. */
  readonly port?: number
  /** So many frames can be replayed; older ones are gone (`OutdatedCursor`). Without it all can. */
  readonly historyMax?: number
  /** The number of the first frame; 1 without it. */
  readonly firstSeq?: number
}

export async function startFakeHost(options: HostOptions): Promise<FakeHost> {
  const host = new LoopbackHost(options)
  await host.listen(options.port ?? 0)
  return host
}

class LoopbackHost implements FakeHost {
  readonly #world: World
  readonly #options: Pick<HostOptions, 'kind' | 'listsByCollection'>
  readonly #historyMax: number
  /** The number of the frame at `#begin` of the log; what stands before belongs to a numbering that was lost. */
  #firstSeq: number
  #begin = 0
  /** Frames of the log before this one are forgotten. */
  #forgotten = 0
  readonly #carried = new Set<LoopbackHost>()
  readonly #carriers = new Set<LoopbackHost>()
  readonly #accounts = new Map<Did, Account>()
  readonly #log = openFrameLog()
  readonly #readers = new Set<Reader>()
  readonly #feeding = new Set<Promise<void>>()
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  readonly emitted = { frames: 0, commits: 0, writes: 0 }
  hostname = ''
  #moved = Promise.withResolvers<void>()

  constructor({ world, historyMax = Infinity, firstSeq = 1, ...options }: HostOptions) {
    this.#world = world
    this.#options = options
    this.#historyMax = historyMax
    this.#firstSeq = firstSeq
    this.#http = createServer((request, response) => answer(request, response, this.#serving()))
    this.#http.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://host')
      if (url.pathname !== '/xrpc/com.atproto.sync.subscribeRepos') return void socket.destroy()
      const cursor = url.searchParams.get('cursor')
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#subscribe(client, cursor))
    })
  }

  async listen(port: number): Promise<void> {
    this.#http.listen(port, '127.0.0.1')
    await once(this.#http, 'listening')
    this.hostname = `127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get url(): string {
    return `http://${this.hostname}`
  }

  get readers(): FakeHost['readers'] {
    return { count: this.#readers.size, furthest: Math.max(0, this.#furthest()) }
  }

  get lastSeq(): number {
    return this.#firstSeq + this.#log.length - this.#begin - 1
  }

  addAccount(account: { did: Did; handle: string; repo: SignedRepo; pds?: string }): void {
    this.#accounts.set(account.did, { pds: this.url, ...account, active: true, status: undefined })
  }

  carry(host: FakeHost): void {
    assert(host instanceof LoopbackHost, 'a host of ours')
    this.#carried.add(host)
    host.#carriers.add(this)
  }

  async emit(event: HostEvent): Promise<void> {
    if (event.kind === 'commit' && event.fault) this.#append(await this.#spoilt(event.fault, event))
    for (const message of await this.compose(event)) this.#append(message)
  }

  async compose(event: HostEvent): Promise<readonly Message[]> {
    if (event.kind === 'raw') return [event.frame]
    const account = this.#accountOf(event.did)
    const { did } = event
    if (event.kind === 'commit') {
      const { writes, at, sent = 'once' } = event
      const commit = await account.repo.commit(writes, at === undefined ? {} : { at })
      this.emitted.commits++
      this.emitted.writes += writes.length
      return Array.from({ length: COPIES[sent] }, () => (stamp: Stamp) => commitFrame(stamp, commit))
    }
    if (event.kind === 'identity') {
      account.handle = event.handle ?? account.handle
      const { handle } = account
      return [(stamp) => identityFrame(stamp, { did, handle })]
    }
    if (event.kind === 'account') {
      const { active, status } = event
      account.active = active
      account.status = status
      return [(stamp) => accountFrame(stamp, { did, active, status })]
    }
    const { head } = account.repo
    assert(head, 'a repository has a first commit')
    const blocks = account.repo.headCar()
    return [(stamp) => syncFrame(stamp, { did, rev: head.rev, blocks })]
  }

  async play(
    events: AsyncIterable<HostEvent> | Iterable<HostEvent>,
    { eventsPerSecond, signal }: Parameters<FakeHost['play']>[1] = {},
  ): Promise<void> {
    const { clock, timers } = this.#world
    const startedMs = clock.elapsed()
    const abort = aborted(signal)
    let played = 0
    for await (const event of events) {
      if (eventsPerSecond !== undefined) {
        const waitMs = startedMs + (played / eventsPerSecond) * 1_000 - clock.elapsed()
        if (waitMs > 0) await timers.sleep(waitMs, signal)
      } else {
        while (!signal?.aborted && this.#furthest() < this.#log.length - FRAMES_AHEAD_MAX) {
          await Promise.race([this.#moved.promise, abort])
        }
      }
      if (signal?.aborted) return
      await this.emit(event)
      played++
    }
  }

  disconnect(): void {
    for (const { socket } of this.#readers) socket.terminate()
  }

  forget({ keep }: { readonly keep: number }): void {
    this.#forgotten = Math.max(this.#forgotten, this.#log.length - keep)
  }

  renumber({ firstSeq = 1 }: { readonly firstSeq?: number } = {}): void {
    this.disconnect()
    this.forget({ keep: 0 })
    this.#begin = this.#log.length
    this.#firstSeq = firstSeq
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#carried) host.#carriers.delete(this)
    this.disconnect()
    this.#sockets.close()
    this.#http.close()
    this.#http.closeAllConnections()
    await once(this.#http, 'close')
    this.#tell()
    await Promise.all(this.#feeding)
    await this.#log[Symbol.asyncDispose]()
  }

  #accountOf(did: Did): Account {
    const account = this.#accounts.get(did)
    assert(account, 'the host has the account')
    return account
  }

  async #spoilt(fault: Fault, { did, writes, at }: HostEvent & { kind: 'commit' }): Promise<Message> {
    const nowMicros = Math.floor(this.#world.clock.now() * 1_000)
    const stamp = this.#nextStamp()
    const spoilt = await spoiltFrame(fault, this.#accountOf(did).repo, writes, {
      stamp,
      at: at ?? nowMicros,
      nowMicros,
    })
    return () => spoilt
  }

  #nextStamp(): Stamp {
    return { seq: this.lastSeq + 1, time: new Date(this.#world.clock.now()).toISOString() }
  }

  #append(make: Message): void {
    this.#log.append(make(this.#nextStamp()))
    this.emitted.frames = this.#log.length
    this.#tell()
    for (const carrier of this.#carriers) carrier.#append(make)
  }

  #serving(): Serving {
    const { kind = 'pds', listsByCollection = false } = this.#options
    const carried = [...this.#carried]
    return {
      kind,
      listsByCollection,
      url: this.url,
      accounts: new Map([...carried.flatMap((host) => [...host.#accounts]), ...this.#accounts]),
      hosts: carried.map((host) => ({
        hostname: host.hostname,
        seq: host.lastSeq,
        accountCount: host.#accounts.size,
      })),
    }
  }

  /** Wakes whoever waits for the log to grow, or for a reader to get on, come or go. */
  #tell(): void {
    this.#moved.resolve()
    this.#moved = Promise.withResolvers()
  }

  #furthest(): number {
    let position = -Infinity
    for (const reader of this.#readers) position = Math.max(position, reader.position)
    return position
  }

  #subscribe(socket: WebSocket, cursor: string | null): void {
    socket.on('error', () => socket.terminate())
    const oldest = Math.max(this.#forgotten, this.#log.length - this.#historyMax)
    const from = cursor === null ? this.#log.length : Number(cursor) - this.#firstSeq + 1 + this.#begin
    if (!(from <= this.#log.length)) {
      socket.send(errorFrame({ error: 'FutureCursor', message: 'Cursor in the future.' }))
      return socket.close()
    }
    // 0 is how a reader asks for all that there is.
    if (from < oldest && cursor !== '0') {
      socket.send(infoFrame({ name: 'OutdatedCursor', message: 'Some events are no longer here.' }))
    }
    const reader: Reader = { socket, position: Math.max(from, oldest) }
    this.#readers.add(reader)
    socket.on('close', () => {
      this.#readers.delete(reader)
      this.#tell()
    })
    const feeding = this.#feed(reader).finally(() => this.#feeding.delete(feeding))
    this.#feeding.add(feeding)
    this.#tell()
  }

  /** Sends the log to one subscriber, never more at a time than it takes. */
  async #feed(reader: Reader): Promise<void> {
    const { socket } = reader
    while (socket.readyState === socket.OPEN) {
      if (reader.position >= this.#log.length) {
        await this.#moved.promise
        continue
      }
      for (const frame of await this.#log.read(reader.position, UNSENT_BYTES_MAX)) {
        const sent = new Promise<void>((resolve) => socket.send(frame, () => resolve()))
        if (socket.bufferedAmount > UNSENT_BYTES_MAX) await sent
        if (socket.readyState !== socket.OPEN) return
        reader.position++
      }
      this.#tell()
    }
  }
}

/** A subscriber and how many frames of the log it has been sent, or has not asked for. */
interface Reader {
  readonly socket: WebSocket
  position: number
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
}
