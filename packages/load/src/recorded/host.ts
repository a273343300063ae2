import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { World } from '@waypost/kernel'
import { WebSocketServer, type WebSocket } from 'ws'
import { errorFrame } from '../frame.ts'
import { arrivals, dueBy } from '../open-loop/schedule.ts'
import { recordedAnswers } from './answers.ts'
import type { Recording } from './recording.ts'
import { MESSAGE_BYTES_MAX, type ReadyStream } from './stream.ts'

/**
 * A host on 127.0.0.1 that costs next to nothing: it sends what lies ready, many messages in one write.
 * In: a stream, and the recording whose people it is of. Out: the event stream with replay by cursor, and the queries
 * that a reader of it makes. Nothing is sent before `play`.
 */
export interface RecordedHost extends AsyncDisposable {
  readonly url: string
  readonly readers: number
  /** How many messages the furthest reader has been sent. */
  readonly sent: number
  /** Sends on from there, up to `through` messages: by the clock, or without a rate as fast as they are read. */
  play(options: Playing): void
}

export interface Playing {
  readonly through: number
  readonly messagesPerSecond?: number
  /** Messages come as by chance, at the times of `arrivals` with this seed; without it evenly. */
  readonly seed?: number
}

/** How often is looked whether something is due. */
const TICK_MS = 2

export async function startRecordedHost(options: {
  readonly world: World
  readonly recording: Recording
  /** The recording itself, unless it is sent among the messages of others: the host is then a relay. */
  readonly stream?: ReadyStream
}): Promise<RecordedHost> {
  const host = new LoopbackRecordedHost(options)
  await host.listen()
  return host
}

class LoopbackRecordedHost implements RecordedHost {
  readonly #world: World
  readonly #stream: ReadyStream
  readonly #answer: (request: IncomingMessage, response: ServerResponse) => void
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  readonly #clients = new Set<WebSocket>()
  #sent = 0
  #playing: Omit<Required<Playing>, 'seed'> & {
    readonly from: number
    readonly startedMs: number
    readonly times: Float64Array | undefined
  } = { from: 0, through: 0, startedMs: 0, messagesPerSecond: Infinity, times: undefined }
  url = ''

  constructor({ world, recording, stream = recording }: Parameters<typeof startRecordedHost>[0]) {
    this.#world = world
    this.#stream = stream
    const kind = stream === recording ? 'pds' : 'relay'
    this.#answer = recordedAnswers(recording, { kind, sent: () => stream.recordedAmong(this.#sent) })
    this.#http = createServer((request, response) => this.#answer(request, response))
    this.#http.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://host')
      if (url.pathname !== '/xrpc/com.atproto.sync.subscribeRepos') return void socket.destroy()
      const cursor = url.searchParams.get('cursor')
      this.#sockets.handleUpgrade(request, socket, head, (client) => void this.#serve(client, socket, cursor))
    })
  }

  async listen(): Promise<void> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
    this.url = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get readers(): number {
    return this.#clients.size
  }

  get sent(): number {
    return this.#sent
  }

  play({ through: wanted, messagesPerSecond = Infinity, seed }: Playing): void {
    const from = this.#sent
    const through = Math.min(wanted, this.#stream.length)
    const times =
      seed === undefined ? undefined : arrivals({ perSecond: messagesPerSecond, count: through - from, seed })
    this.#playing = { from, through, messagesPerSecond, times, startedMs: this.#world.clock.elapsed() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.terminate()
    this.#sockets.close()
    this.#http.close()
    this.#http.closeAllConnections()
    await once(this.#http, 'close')
  }

  /** How many messages are due by now, from the first of the stream on. */
  #due(): number {
    const { from, through, startedMs, messagesPerSecond, times } = this.#playing
    if (messagesPerSecond === Infinity) return through
    const passedMs = this.#world.clock.elapsed() - startedMs
    if (times) return from + dueBy(times, passedMs)
    const seconds = passedMs / 1_000
    return Math.min(through, from + Math.floor(seconds * messagesPerSecond))
  }

  /** Handshake, pings and goodbyes are left to `ws`; the messages pass it by, each write ending with a whole one. */
  async #serve(client: WebSocket, socket: Duplex, cursor: string | null): Promise<void> {
    client.on('error', () => client.terminate())
    const asked = cursor === null ? this.#sent : Number(cursor) - this.#stream.firstSeq + 1
    if (!(asked <= this.#stream.length)) {
      client.send(errorFrame({ error: 'FutureCursor', message: 'Cursor in the future.' }))
      return client.close()
    }
    this.#clients.add(client)
    client.on('close', () => this.#clients.delete(client))
    const buffer = Buffer.allocUnsafeSlow(MESSAGE_BYTES_MAX)
    for (let position = Math.max(0, asked); client.readyState === client.OPEN;) {
      const due = this.#due() - position
      if (due <= 0) {
        await this.#world.timers.sleep(TICK_MS)
        continue
      }
      const time = new Date(this.#world.clock.now()).toISOString()
      const { count, bytes } = this.#stream.copy(position, buffer, { countMax: due, time })
      // The buffer is filled again only when all of it has left: what a slow reader leaves takes no memory here.
      await new Promise<void>((resolve) => socket.write(buffer.subarray(0, bytes), () => resolve()))
      position += count
      this.#sent = Math.max(this.#sent, position)
    }
  }
}
