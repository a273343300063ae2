import { EventEmitter } from 'node:events'
import type { Did, Random } from '@waypost/kernel'
import { errorFrame, infoFrame, replyTo, type Account, type Message } from '@waypost/load'
import type { Socket } from '@waypost/server/stages'
import type { VirtualTime } from '../inside/virtual-time.ts'
import type { Life } from './life.ts'
import type { Tally } from './tally.ts'

/**
 * A PDS in virtual time: a stream with replay by cursor, and the queries that its readers make. It does wrong where it is
 * told to.
 */
export interface Host {
  readonly url: string
  readonly accounts: Map<Did, Account>
  readonly mood: Mood
  connect(address: string, reader: Life): Socket
  answer(url: URL): ReturnType<typeof replyTo>
  publish(message: Message): void
  /** Where the next message will stand. */
  nextSeq(): number
  disconnect(): void
  /** Hangs up and keeps only the newest so many of its messages. */
  forget(keep: number): void
  /** Loses its numbering and all messages. */
  reset(): void
}

export interface Mood {
  away: boolean
  /** Begins so many messages before the cursor. */
  replays: number
  repeats: boolean
}

const LATENCY_MS_MAX = 20
const [CONNECTING, OPEN, CLOSED] = [0, 1, 3] as const

export function openHost(
  url: string,
  options: { readonly time: VirtualTime; readonly dice: Random; readonly tally: Tally },
): Host {
  const { time, dice, tally } = options
  const accounts = new Map<Did, Account>()
  const mood: Mood = { away: false, replays: 0, repeats: false }
  const sockets = new Set<StreamSocket>()
  let messages: Uint8Array[] = []
  let forgotten = 0

  const latency = (): number => dice.fraction() * LATENCY_MS_MAX

  /** One message is under way at a time, so that they come in order. */
  function feed(socket: StreamSocket): void {
    if (socket.isBusy || socket.isPaused || socket.readyState !== OPEN) return
    const next = messages[socket.position]
    if (!next) return
    socket.isBusy = true
    socket.reader.after(latency() / 4, () => {
      socket.isBusy = false
      if (socket.readyState !== OPEN) return
      socket.position++
      socket.emit('message', Buffer.from(next), true)
      if (mood.repeats) {
        tally.count('repeat')
        socket.emit('message', Buffer.from(next), true)
      }
      feed(socket)
    })
  }

  function welcome(socket: StreamSocket, cursor: string | null): void {
    if (socket.readyState !== CONNECTING) return
    if (mood.away) {
      tally.count('away')
      socket.emit('error', new Error('connect ECONNREFUSED'))
      return socket.close()
    }
    socket.readyState = OPEN
    socket.emit('open')
    const from = cursor === null ? messages.length : Number(cursor)
    if (from > messages.length) {
      socket.emit('message', Buffer.from(errorFrame({ error: 'FutureCursor' })), true)
      tally.count('reset')
      return socket.close()
    }
    if (from < forgotten && cursor !== '0') {
      tally.count('outdated')
      socket.emit('message', Buffer.from(infoFrame({ name: 'OutdatedCursor' })), true)
    }
    const start = Math.max(forgotten, from - mood.replays)
    if (start < from) tally.count('replay')
    socket.position = start
    sockets.add(socket)
    feed(socket)
  }

  function disconnect(): void {
    for (const socket of sockets) {
      sockets.delete(socket)
      if (socket.reader.isOver) continue
      tally.count('disconnect')
      socket.reader.after(0, () => socket.close())
    }
  }

  function nextSeq(): number {
    return 1 + messages.length
  }

  return {
    url,
    accounts,
    mood,
    nextSeq,
    disconnect,
    connect(address, reader) {
      const socket = new StreamSocket(reader, { resumed: () => feed(socket), gone: () => sockets.delete(socket) })
      reader.after(latency(), () => welcome(socket, new URL(address).searchParams.get('cursor')))
      return socket
    },
    answer: (asked) => replyTo(asked, { kind: 'pds', url, accounts, hosts: [], listsByCollection: false }),
    publish(message) {
      messages.push(message({ seq: nextSeq(), time: new Date(time.world.clock.now()).toISOString() }))
      for (const socket of sockets) feed(socket)
    },
    forget(keep) {
      disconnect()
      forgotten = Math.max(forgotten, messages.length - keep)
    },
    reset() {
      disconnect()
      messages = []
      forgotten = 0
    },
  }
}

class StreamSocket extends EventEmitter {
  readonly reader: Life
  readonly #on: { readonly resumed: () => void; readonly gone: () => void }
  readyState: Socket['readyState'] = CONNECTING as 0
  isPaused = false
  isBusy = false
  /** The index of the next message. */
  position = 0

  constructor(reader: Life, on: { readonly resumed: () => void; readonly gone: () => void }) {
    super()
    this.reader = reader
    this.#on = on
  }

  ping(): void {
    if (this.readyState === OPEN) this.reader.after(1, () => this.emit('pong'))
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    if (!this.isPaused) return
    this.isPaused = false
    this.#on.resumed()
  }

  terminate(): void {
    this.reader.after(0, () => this.close())
  }

  close(): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED as 3
    this.#on.gone()
    this.emit('close', 1006, Buffer.alloc(0))
  }
}
