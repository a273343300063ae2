import { hash } from 'node:crypto'
import type { Socket } from 'node:net'

/** Somebody who has asked for the stream. */
export interface Call {
  readonly socket: Socket
  /** What an honest host would answer. */
  readonly welcome: string
  /** How many came before. */
  readonly turn: number
  /** Ends early when the socket closes. */
  readonly pause: (delayMs: number) => Promise<void>
}

/** One way in which a host can misbehave below its messages. */
export interface SocketVillainy {
  readonly name: string
  readonly act: (call: Call) => void | Promise<void>
}

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\n'
/** RFC 6455 §1.3: what a key is joined with before it is hashed into the answer. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** How an honest host switches protocols for somebody who sent this key. */
export function welcomeFor(key: string): string {
  const accept = hash('sha1', key + WEBSOCKET_GUID, 'base64')
  return `${SWITCH}upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`
}

const BINARY = 2
const TEXT = 1
const CONTINUATION = 0
const CLOSE = 8
const PING = 9

/** A frame of RFC 6455 §5.2, as well or badly formed as the flags say. `length`: what the header claims. */
function frame(
  opcode: number,
  payload: Uint8Array | string = '',
  { fin = true, reserved = 0, masked = false, length = BigInt(payload.length) } = {},
): Buffer {
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const mask = masked ? 0x80 : 0
  const header =
    length < 126n
      ? Buffer.of(first, mask | Number(length))
      : length < 65_536n
        ? Buffer.concat([Buffer.of(first, mask | 126), big(length, 2)])
        : Buffer.concat([Buffer.of(first, mask | 127), big(length, 8)])
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), Buffer.from(payload)])
}

function big(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex')
}

function closing(code: number, reason: Uint8Array | string = ''): Buffer {
  return frame(CLOSE, Buffer.concat([big(BigInt(code), 2), Buffer.from(reason)]))
}

/** After `first`, the same again and again, as fast as it is read, until the socket closes. */
export function endlessly({ socket }: Call, first: Uint8Array | string, bytes: Uint8Array | string): void {
  socket.write(first)
  // In large pieces: each one is a call into the kernel.
  const piece = repeated(Buffer.from(bytes), Math.ceil(PIECE_BYTES / bytes.length))
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
    if (!socket.destroyed) socket.once('drain', more)
  }
  more()
}

function repeated(bytes: Uint8Array, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => bytes))
}

/** One byte after another, from the beginning again at the end, until the socket closes. */
export async function drip({ socket, pause }: Call, bytes: Uint8Array | string): Promise<void> {
  for (let at = 0; !socket.destroyed; at = (at + 1) % bytes.length) {
    socket.write(bytes.slice(at, at + 1))
    await pause(DRIP_MS)
  }
}

/** Slower than any host, and faster than a limit on silence. */
const DRIP_MS = 1_000
/** Past what any message may have, and past what the protocol's own frames can say. */
const TOO_LONG = 2n ** 40n
const UNSPEAKABLE = 2n ** 63n
const PIECE_BYTES = 65_536

function answering(name: string, answer: string): SocketVillainy {
  return { name, act: ({ socket }) => void socket.end(answer) }
}

/** What a host does that was let in: it is welcomed, and then `bytes` come, once. The socket stays open. */
function saying(name: string, ...bytes: readonly Uint8Array[]): SocketVillainy {
  return { name, act: ({ socket, welcome }) => void socket.write(Buffer.concat([Buffer.from(welcome), ...bytes])) }
}

function flooding(name: string, bytes: Uint8Array, first: Uint8Array = Buffer.of()): SocketVillainy {
  return {
    name,
    act: (call) => endlessly(call, Buffer.concat([Buffer.from(call.welcome), first]), bytes),
  }
}

/** A host that says these messages, well formed or not, again and again without an end. */
export function saysWithoutEnd(name: string, ...messages: readonly Uint8Array[]): SocketVillainy {
  return flooding(name, Buffer.concat(messages.map((message) => frame(BINARY, message))))
}

/** It breaks off after none of the bytes of its welcome, then after one, and so on; so many turns until it said all. */
export const BREAKS_OFF: SocketVillainy & { readonly turns: number } = {
  name: 'breaks off in the middle of its welcome',
  act: ({ socket, welcome, turn }) => void socket.end(welcome.slice(0, turn)),
  turns: welcomeFor('').length + 1,
}

/** Before there is a stream. */
export const HANDSHAKE_VILLAINIES: readonly SocketVillainy[] = [
  { name: 'accepts and says nothing', act() {} },
  { name: 'welcomes one byte at a time, for ever', act: (call) => drip(call, `${call.welcome.slice(0, -2)}x: `) },
  { name: 'never ends the headers', act: (call) => endlessly(call, SWITCH, 'x: of the same\r\n') },
  { name: 'has one endless header', act: (call) => endlessly(call, `${SWITCH}x: `, 'more') },
  { name: 'says for ever that it goes on', act: (call) => endlessly(call, '', 'HTTP/1.1 102 Processing\r\n\r\n') },
  {
    name: 'answers the wrong key',
    act: ({ socket, welcome }) =>
      void socket.end(welcome.replace(/accept: .*/, 'accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')),
  },
  {
    name: 'agrees to a compression that nobody asked for',
    act: ({ socket, welcome }) =>
      void socket.end(welcome.replace(/\r\n\r\n$/, '\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n')),
  },
  { name: 'answers with an endless page', act: (call) => endlessly(call, 'HTTP/1.1 200 OK\r\n\r\n', 'page') },
  answering(
    'redirects to this machine',
    'HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n',
  ),
  answering('is too busy', 'HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n'),
  answering('fails', 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n'),
  answering('speaks another protocol', '220 mail.example ESMTP\r\n'),
]

/** On a stream that has begun. */
export const STREAM_VILLAINIES: readonly SocketVillainy[] = [
  saying('is silent for ever'),
  saying('announces a frame of 2^63 bytes', frame(BINARY, '', { length: UNSPEAKABLE })),
  saying('announces a frame of a terabyte', frame(BINARY, '', { length: TOO_LONG })),
  flooding(
    'never ends a message',
    frame(CONTINUATION, Buffer.alloc(65_536), { fin: false }),
    frame(BINARY, '', { fin: false }),
  ),
  flooding(
    'never ends a message of single bytes',
    frame(CONTINUATION, 'x', { fin: false }),
    frame(BINARY, '', { fin: false }),
  ),
  flooding(
    'never ends a message of nothing',
    frame(CONTINUATION, '', { fin: false }),
    frame(BINARY, '', { fin: false }),
  ),
  {
    name: 'drips one frame for ever',
    act(call) {
      call.socket.write(call.welcome)
      return drip(call, frame(BINARY, '', { length: 5_000_000n }))
    },
  },
  saying('compresses although nobody agreed to it', frame(BINARY, Buffer.of(0), { reserved: 4 })),
  saying('uses a reserved bit', frame(BINARY, 'x', { reserved: 1 })),
  saying('uses a frame that nobody knows', frame(3, 'x')),
  saying('masks what it says', frame(BINARY, 'x', { masked: true })),
  saying('goes on with what it never began', frame(CONTINUATION, 'x')),
  saying('begins a message within a message', frame(BINARY, 'x', { fin: false }), frame(BINARY, 'x')),
  saying('splits a control frame', frame(PING, 'x', { fin: false })),
  saying('makes a control frame too long', frame(PING, 'x'.repeat(126))),
  saying('says text that is none', frame(TEXT, Buffer.of(0xff))),
  saying(
    'takes its leave within a message',
    frame(BINARY, 'x', { fin: false }),
    closing(1000),
    frame(CONTINUATION, 'x'),
  ),
  saying('takes its leave with no proper code', closing(999)),
  saying('takes its leave with a reason that is no text', closing(1000, Buffer.of(0xff))),
  saying('takes its leave as if a message of ours had been too big', closing(1009)),
  saying('takes its leave and stays', closing(1000)),
  {
    name: 'hangs up at once',
    act: ({ socket, welcome }) => void socket.end(welcome),
  },
  {
    name: 'asks whether we are there, without an end, and does not listen',
    act(call) {
      call.socket.pause()
      endlessly(call, call.welcome, frame(PING, 'x'.repeat(125)))
    },
  },
]
