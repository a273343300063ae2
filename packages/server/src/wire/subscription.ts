import type { ClientRequestArgs } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { WebSocket, type ClientOptions } from 'ws'
import type { World } from '@waypost/kernel'
import { decodeFrame } from '#wire/decode-frame.ts'
import type { FrameFault, FrameResult } from '#wire/frame.ts'
import type { Outbound } from '#wire/outbound.ts'
import { Queue } from '#wire/queue.ts'

/**
 * Follows one host's `com.atproto.sync.subscribeRepos`.
 * In: the host's URL and where to begin. Out: its frames in the order sent, each decoded or refused, for as long as
 * the signal lets it: a broken connection is made again from the last frame that was handed over.
 * Promise: memory is bounded. Frames wait in the host's own buffer, not in ours: past the limits the socket is
 * paused. No frame is left out silently: what is too large is handed over as a refusal.
 */
export function subscribe(options: SubscribeOptions): AsyncIterable<Received> {
  return { [Symbol.asyncIterator]: () => new Subscription(options) }
}

export interface SubscribeOptions {
  readonly world: World
  readonly outbound: Outbound
  /** The host's origin: `https://…`, or `http://…` where the outbound door allows it. */
  readonly url: string
  /** The newest seq that is settled; undefined begins with what is new. */
  readonly cursor: number | undefined
  readonly signal: AbortSignal
  readonly limits?: Partial<SubscribeLimits>
  readonly onState?: (state: 'connected' | 'disconnected', detail: string) => void
  /** Opens the socket; the real one unless somebody brings another network. */
  readonly connect?: (address: string, options: SocketOptions) => Socket
}

export type SocketOptions = ClientOptions & Pick<ClientRequestArgs, 'lookup'>

/** What is used of a WebSocket. */
export interface Socket extends Pick<WebSocket, 'readyState' | 'isPaused' | 'ping' | 'pause' | 'resume' | 'terminate'> {
  on(event: 'open' | 'pong', heard: () => void): unknown
  on(event: 'message', heard: (data: Buffer, isBinary: boolean) => void): unknown
  on(event: 'error', heard: (error: Error & { code?: string }) => void): unknown
  on(event: 'close', heard: (code: number) => void): unknown
}

export interface SubscribeLimits {
  /** Past either of these the socket is paused, and the host's own buffer takes over. Resumed at half. */
  readonly queuedFramesMax: number
  readonly queuedBytesMax: number
  /** A larger message ends the connection; the next one begins behind it. Between here and 5 MB it is refused. */
  readonly messageBytesMax: number
  /** No message and no pong for this long: the connection is taken for dead. */
  readonly silentMsMax: number
  /** From the name to the welcome, in however small pieces it comes. */
  readonly connectMsMax: number
  /** The longest wait between two connections that came to nothing. One that held for as long was a good one. */
  readonly backoffMsMax: number
}

export interface Received {
  readonly frame: FrameResult
  readonly byteLength: number
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** How many messages of the host wait behind it here. */
  readonly waiting: number
}

const LIMITS: SubscribeLimits = {
  queuedFramesMax: 1_024,
  queuedBytesMax: 8 * 1_024 * 1_024,
  messageBytesMax: 8 * 1_024 * 1_024,
  silentMsMax: 60_000,
  connectMsMax: 10_000,
  backoffMsMax: 30_000,
}

const BACKOFF_MS_MIN = 250
/** After so many messages handed over in one go, everybody else has a turn. */
const IN_ONE_GO_MAX = 64
/**
 * After so many in a row that are no frames, or of which none is part of the stream, the reader rests, and again each time
 * that it has taken as many: two bytes cost a host nothing, and us as much as any message.
 */
const IDLE_TALK_MAX = 64
const IDLE_TALK_REST_MS = 50
/** What `ws` calls a message of more than `messageBytesMax`. */
const TOO_BIG_ERROR = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

interface Message {
  readonly bytes: Uint8Array | FrameFault
  readonly receivedAt: number
}

class Subscription implements AsyncIterator<Received> {
  readonly #options: SubscribeOptions
  readonly #limits: SubscribeLimits
  #queue = new Queue<Message>()
  #inOneGo = 0
  #idleTalk = 0
  #queuedBytes = 0
  #cursor: number | undefined
  #socket: Socket | undefined
  #wake: (() => void) | undefined
  #drained: (() => void) | undefined
  #ended = false

  constructor(options: SubscribeOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#cursor = options.cursor
    options.signal.addEventListener('abort', () => this.#end(), { once: true })
    if (options.signal.aborted) this.#end()
    else void this.#stayConnected()
  }

  async next(): Promise<IteratorResult<Received>> {
    await this.#giveWay()
    while (!this.#ended) {
      const message = this.#queue.shift()
      if (message) return { done: false, value: this.#handOver(message) }
      this.#inOneGo = 0
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Received>> {
    this.#end()
    return { done: true, value: undefined }
  }

  async #giveWay(): Promise<void> {
    const { world, signal } = this.#options
    if (this.#idleTalk > 0 && this.#idleTalk % IDLE_TALK_MAX === 0) {
      await world.timers.sleep(IDLE_TALK_REST_MS, signal)
    } else if (++this.#inOneGo >= IN_ONE_GO_MAX) {
      this.#inOneGo = 0
      await nextTurn()
    }
  }

  #handOver({ bytes, receivedAt }: Message): Received {
    if (typeof bytes !== 'string') this.#queuedBytes -= bytes.length
    const { queuedFramesMax, queuedBytesMax } = this.#limits
    if (this.#queue.length <= queuedFramesMax / 2 && this.#queuedBytes <= queuedBytesMax / 2) this.#socket?.resume()
    if (this.#queue.length === 0) this.#drained?.()
    const frame: FrameResult = typeof bytes === 'string' ? { ok: false, error: bytes } : decodeFrame(bytes)
    this.#idleTalk = frame.ok && 'seq' in frame.value ? 0 : this.#idleTalk + 1
    if (frame.ok) this.#note(frame.value)
    return { frame, byteLength: typeof bytes === 'string' ? 0 : bytes.length, receivedAt, waiting: this.#queue.length }
  }

  #note(frame: (FrameResult & { ok: true })['value']): void {
    // Not the highest so far: a host that jumps ahead once must not make us pass over what it numbers after that.
    if ('seq' in frame) this.#cursor = frame.seq
    // The host has begun a new numbering: all that it still keeps is read again, and what is known is recognised.
    if (frame.kind === 'error' && frame.error === 'FutureCursor') this.#cursor = 0
  }

  async #stayConnected(): Promise<void> {
    const { world, signal, onState } = this.#options
    let failures = 0
    while (!this.#ended) {
      const from = this.#cursor ?? 0
      const { opened, detail, tooBig, lastedMs } = await this.#connectOnce()
      if (this.#ended) return
      if (opened) onState?.('disconnected', detail)
      // The next connection begins behind what was handed over, so all that came is handed over first.
      if (this.#queue.length > 0) await new Promise<void>((resolve) => (this.#drained = resolve))
      const broughtNews = (this.#cursor ?? 0) > from
      if (tooBig) {
        // The numbers of a host may have holes, so this may take several turns; skipping further could lose a frame.
        if (this.#cursor !== undefined) this.#cursor++
        this.#push('frame-too-large')
      }
      failures = broughtNews || lastedMs >= this.#limits.backoffMsMax ? 0 : failures + 1
      const ceiling = Math.min(this.#limits.backoffMsMax, BACKOFF_MS_MIN * 2 ** Math.min(failures, 16))
      await world.timers.sleep(ceiling * (0.5 + world.random.fraction() / 2), signal)
    }
  }

  /** Resolves when the connection is over, however it ended. `lastedMs`: until the last sign of life. */
  async #connectOnce(): Promise<{ opened: boolean; detail: string; tooBig: boolean; lastedMs: number }> {
    const { world, outbound, url, onState, connect = connectWebSocket } = this.#options
    const address = addressOf(url, this.#cursor)
    const lookup = outbound.socketLookup(address)
    if (!lookup.ok) return { opened: false, detail: lookup.error.detail, tooBig: false, lastedMs: 0 }
    const socket = connect(address, {
      maxPayload: this.#limits.messageBytesMax,
      perMessageDeflate: false,
      followRedirects: false,
      lookup: lookup.value,
    })
    this.#socket = socket
    let opened = false
    let tooBig = false
    let detail = ''
    const begunAt = world.clock.elapsed()
    let heardAt = begunAt
    const over = new AbortController()
    void world.timers.sleep(this.#limits.connectMsMax, over.signal).then(() => {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
    })
    using _heartbeat = world.timers.every(this.#limits.silentMsMax / 3, () => {
      // While we hold the socket ourselves, its silence says nothing about the host.
      if (socket.isPaused) heardAt = world.clock.elapsed()
      const isSilent = world.clock.elapsed() - heardAt > this.#limits.silentMsMax
      if (socket.readyState === WebSocket.OPEN && !isSilent) socket.ping()
      // Nor is waited for a host that took its leave and stays.
      else if (socket.readyState !== WebSocket.CONNECTING) socket.terminate()
    })
    // Awaited here: the heartbeat ends with this block.
    return await new Promise((resolve) => {
      socket.on('open', () => {
        opened = true
        onState?.('connected', url)
      })
      socket.on('pong', () => (heardAt = world.clock.elapsed()))
      socket.on('message', (data: Buffer, isBinary) => {
        heardAt = world.clock.elapsed()
        this.#push(isBinary ? data : 'frame-malformed')
      })
      socket.on('error', (error: Error & { code?: string }) => {
        detail = error.message
        tooBig ||= error.code === TOO_BIG_ERROR
        socket.terminate()
      })
      socket.on('close', (code) => {
        over.abort()
        if (this.#socket === socket) this.#socket = undefined
        resolve({ opened, detail: detail || `closed with ${code}`, tooBig, lastedMs: heardAt - begunAt })
      })
    })
  }

  #push(bytes: Uint8Array | FrameFault): void {
    if (this.#ended) return
    this.#queue.push({ bytes, receivedAt: this.#options.world.clock.now() })
    if (typeof bytes !== 'string') this.#queuedBytes += bytes.length
    const { queuedFramesMax, queuedBytesMax } = this.#limits
    if (this.#queue.length >= queuedFramesMax || this.#queuedBytes >= queuedBytesMax) this.#socket?.pause()
    this.#wake?.()
  }

  #end(): void {
    this.#ended = true
    this.#queue = new Queue()
    this.#socket?.terminate()
    this.#drained?.()
    this.#wake?.()
  }
}

function connectWebSocket(address: string, options: SocketOptions): Socket {
  return new WebSocket(address, options)
}

function addressOf(url: string, cursor: number | undefined): string {
  const address = new URL('/xrpc/com.atproto.sync.subscribeRepos', url.replace(/^http/, 'ws'))
  if (cursor !== undefined) address.searchParams.set('cursor', String(cursor))
  return address.href
}
