import { closeSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import * as CBOR from '@atcute/cbor'
import type { World } from '@waypost/kernel'
import { WebSocket, type RawData } from 'ws'
import type { FakeHost, Message } from './fake-host.ts'

/**
 * What a host of the network said, as a file, to be said again.
 * The file: 16 letters that tell what it is, then each message behind 12 bytes: when it came (milliseconds since 1970, a
 * double) and how long it is (32 bits), both with the little end first.
 */
export interface RecordedMessage {
  readonly atMs: number
  readonly frame: Uint8Array
}

/** A file that is none, or a host that cannot be heard: one line for whoever asked. */
export class FirehoseFault extends Error {
  override name = 'FirehoseFault'
}

const MAGIC = Buffer.from('waypost firehose')
const HEAD_BYTES = 12
/** No message of the protocol is longer (5 MB, and its head); past it a file is damaged. */
const MESSAGE_BYTES_MAX = 6_000_000
/** Past this recording ends: some ten hours of the whole network. */
const FILE_BYTES_MAX = 100_000_000_000
const OPENED_WITHIN_MS = 20_000

/** Fails where there is such a file already. */
export function createFirehoseFile(file: string): Disposable & { append(message: RecordedMessage): void } {
  const out = openNew(file)
  const write = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) done += writeSync(out, bytes, done)
  }
  write(MAGIC)
  return {
    append({ atMs, frame }) {
      const head = Buffer.alloc(HEAD_BYTES)
      head.writeDoubleLE(atMs)
      head.writeUInt32LE(frame.length, 8)
      write(head)
      write(frame)
    },
    [Symbol.dispose]: () => closeSync(out),
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx')
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException
    throw new FirehoseFault(code === 'EEXIST' ? `${file} is there already` : `${file} cannot be written: ${message}`)
  }
}

/** In order, one at a time. A last message that is not whole, as after a power cut, is left out. */
export async function* readFirehoseFile(file: string): AsyncGenerator<RecordedMessage, void> {
  await using handle = await open(file).catch((fault: Error) => {
    throw new FirehoseFault(`${file} cannot be read: ${fault.message}`)
  })
  const magic = Buffer.alloc(MAGIC.length)
  await handle.read(magic, 0, magic.length)
  if (!magic.equals(MAGIC)) throw new FirehoseFault(`${file} is no recording of a firehose`)
  for (const head = Buffer.alloc(HEAD_BYTES); ;) {
    if ((await handle.read(head, 0, HEAD_BYTES)).bytesRead < HEAD_BYTES) return
    const length = head.readUInt32LE(8)
    if (length > MESSAGE_BYTES_MAX) throw new FirehoseFault(`${file} is damaged: a message of ${length} bytes`)
    const frame = new Uint8Array(length)
    if ((await handle.read(frame, 0, length)).bytesRead < length) return
    yield { atMs: head.readDoubleLE(0), frame }
  }
}

export interface Recorded {
  readonly messages: number
  readonly bytes: number
  /** Why it is over. */
  readonly because: string
}

/**
 * Writes down what a host says from now on, until the signal aborts, the host hangs up, or there are so many messages.
 * `host`: its URL (`wss://…`). Rejects with a `FirehoseFault` where it cannot be heard at all.
 */
export async function recordFirehose(
  world: World,
  options: {
    readonly host: string
    readonly file: string
    readonly messagesMax?: number
    readonly signal: AbortSignal
    readonly onMessage?: (recorded: Omit<Recorded, 'because'>) => void
  },
): Promise<Recorded> {
  const { host, file, messagesMax = Infinity, signal, onMessage } = options
  const socket = new WebSocket(new URL('/xrpc/com.atproto.sync.subscribeRepos', host), {
    perMessageDeflate: false,
    handshakeTimeout: OPENED_WITHIN_MS,
    maxPayload: MESSAGE_BYTES_MAX,
  })
  const over = Promise.withResolvers<string>()
  let isOpen = false
  let [messages, bytes] = [0, 0]
  socket.once('open', () => (isOpen = true))
  // Also what goes wrong while it closes.
  socket.on('error', (fault) => over.resolve(fault.message))
  socket.once('close', (code) => over.resolve(`the host hung up (${code})`))
  const stopped = (): void => over.resolve('it was stopped')
  if (signal.aborted) stopped()
  signal.addEventListener('abort', stopped, { once: true })
  try {
    using out = createFirehoseFile(file)
    socket.on('message', (data: RawData) => {
      if (messages >= messagesMax || bytes >= FILE_BYTES_MAX) return
      // With the type of binary that is set by default this is one buffer.
      const frame = data as Buffer
      out.append({ atMs: world.clock.now(), frame })
      messages++
      bytes += frame.length
      onMessage?.({ messages, bytes })
      if (messages >= messagesMax) over.resolve('there are as many as were asked for')
      if (bytes >= FILE_BYTES_MAX) over.resolve('the file is as large as one may be')
    })
    const because = await over.promise
    // Nothing may come once the file is closed.
    socket.removeAllListeners('message')
    if (!isOpen && !signal.aborted) throw new FirehoseFault(`${host} cannot be heard: ${because}`)
    return { messages, bytes, because }
  } finally {
    socket.terminate()
  }
}

/**
 * Says a recording again from a host of ours, `speed` times as fast as it came, each message when it is due whatever
 * became of those before it; under numbers and times of the present. Answers how many; ends early where the signal aborts.
 */
export async function replayFirehose(
  world: World,
  host: Pick<FakeHost, 'emit'>,
  options: {
    readonly file: string
    readonly speed: number
    readonly signal?: AbortSignal
    readonly onMessage?: (messages: number, behindMs: number) => void
  },
): Promise<number> {
  const { file, speed, signal, onMessage } = options
  const startedMs = world.clock.elapsed()
  let [firstMs, messages]: [number | undefined, number] = [undefined, 0]
  for await (const { atMs, frame } of readFirehoseFile(file)) {
    firstMs ??= atMs
    const dueMs = startedMs + (atMs - firstMs) / speed
    const waitMs = dueMs - world.clock.elapsed()
    if (waitMs > 0) await world.timers.sleep(waitMs, signal)
    if (signal?.aborted) break
    await host.emit({ kind: 'raw', frame: restamped(frame) })
    messages++
    onMessage?.(messages, world.clock.elapsed() - dueMs)
  }
  return messages
}

/** The same message under another number and time; one that has no number stays as it is. */
function restamped(frame: Uint8Array): Message {
  return (stamp) => {
    const [header, rest] = CBOR.decodeFirst(frame) as [object, Uint8Array]
    const body = CBOR.decode(rest) as { readonly seq?: unknown }
    if (body.seq === undefined) return frame
    return Buffer.concat([CBOR.encode(header), CBOR.encode({ ...body, ...stamp })])
  }
}
