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

/** After `first`, the same again and again, as fast as it is read, until the socket closes. */
function endlessly({ socket }: Call, first: Uint8Array | string, bytes: Uint8Array | string): void {
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

async function drip({ socket, pause }: Call, bytes: Uint8Array | string): Promise<void> {
  for (let at = 0; !socket.destroyed; at = (at + 1) % bytes.length) {
    socket.write(bytes.slice(at, at + 1))
    await pause(DRIP_MS)
  }
}

/** Slower than any host, and faster than a limit on silence. */
const DRIP_MS = 1_000
const PIECE_BYTES = 65_536

function answering(name: string, answer: string): SocketVillainy {
  return { name, act: ({ socket }) => void socket.end(answer) }
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
