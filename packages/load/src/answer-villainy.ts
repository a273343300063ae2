import { gzipSync } from 'node:zlib'
import { drip, endlessly, type SocketVillainy } from './socket-villainy.ts'

/** How a host can misbehave when it is asked something by HTTP. */

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`
/** Long enough for a reader to have begun. */
const BREAK_OFF_MS = 50
const BOMB_BYTES = 16 * 1_024 * 1_024

function zipped(bytes: Uint8Array, layers: number): Uint8Array {
  return layers === 0 ? bytes : zipped(gzipSync(bytes), layers - 1)
}

/** Made when it is first wanted: it takes a while. */
let bomb: Uint8Array | undefined

/** It says this once, and goes, or stays. */
function saying(name: string, answer: string | Uint8Array, then: 'goes' | 'stays' = 'goes'): SocketVillainy {
  return { name, act: ({ socket }) => void (then === 'goes' ? socket.end(answer) : socket.write(answer)) }
}

function redirecting(name: string, location: string): SocketVillainy {
  return saying(name, `HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`)
}

function answering(name: string, json: string, status = '200 OK'): SocketVillainy {
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nconnection: close`
  return saying(name, `${head}\r\ncontent-length: ${json.length}\r\n\r\n${json}`)
}

export const ANSWER_VILLAINIES: readonly SocketVillainy[] = [
  { name: 'hangs up without a word', act: ({ socket }) => void socket.end() },
  { name: 'says nothing', act() {} },
  { name: 'drips', act: (call) => drip(call, `${OK}content-length: 1000000\r\n\r\n{"did":"`) },
  { name: 'drips its headers', act: (call) => drip(call, `${OK}x: `) },
  { name: 'never ends', act: (call) => endlessly(call, `${OK}content-type: application/json\r\n\r\n`, '{"did":"') },
  { name: 'never ends, in single bytes', act: (call) => endlessly(call, CHUNKED, '1\r\n{\r\n') },
  { name: 'never ends its headers', act: (call) => endlessly(call, OK, 'x-more: of the same\r\n') },
  { name: 'has one endless header', act: (call) => endlessly(call, `${OK}x: `, 'more') },
  { name: 'says for ever that it goes on', act: (call) => endlessly(call, '', 'HTTP/1.1 102 Processing\r\n\r\n') },
  {
    name: 'packs much into little',
    act({ socket }) {
      bomb ??= zipped(Buffer.alloc(BOMB_BYTES, ' '), 1)
      socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`)
      socket.end(bomb)
    },
  },
  {
    name: 'packs what is packed, five times over',
    act: ({ socket }) =>
      void socket.end(
        Buffer.concat([
          Buffer.from(`${OK}content-encoding: ${Array.from({ length: 5 }, () => 'gzip').join(', ')}\r\n\r\n`),
          zipped(Buffer.alloc(BOMB_BYTES / 4, ' '), 5),
        ]),
      ),
  },
  {
    name: 'packs what is packed past all sense',
    act: ({ socket }) =>
      void socket.end(`${OK}content-encoding: ${Array.from({ length: 50 }, () => 'gzip').join(', ')}\r\n\r\nhello`),
  },
  {
    name: 'packs what is packed past all sense, and breaks off',
    async act({ socket, pause }) {
      socket.write(`${OK}content-length: 100\r\ncontent-encoding: gzip,gzip,gzip,gzip,gzip,gzip\r\n\r\nhello`)
      await pause(BREAK_OFF_MS)
      socket.resetAndDestroy()
    },
  },
  {
    name: 'breaks off in the middle of more than we take at once',
    async act({ socket, pause }) {
      socket.write(Buffer.concat([Buffer.from(`${OK}\r\n`), Buffer.alloc(BOMB_BYTES / 8)]))
      await pause(BREAK_OFF_MS)
      socket.resetAndDestroy()
    },
  },
  saying('says that it packs, and does not', `${OK}content-encoding: gzip\r\n\r\nhello`),
  saying('promises more than it sends, and goes', `${OK}content-length: 100\r\n\r\nhello`),
  saying('promises more than it sends, and stays', `${OK}content-length: 100\r\n\r\nhello`, 'stays'),
  saying('promises a length past all numbers', `${OK}content-length: ${'9'.repeat(40)}\r\n\r\n`),
  saying('names two lengths', `${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`),
  saying('breaks its chunks', `${CHUNKED}zzz\r\nhello\r\n`),
  saying('announces a chunk of 2^60 bytes', `${CHUNKED}${(2n ** 60n).toString(16)}\r\nhello`, 'stays'),
  saying('speaks another protocol', '220 mail.example ESMTP\r\n'),
  saying('answers with TLS', Buffer.from('16030100', 'hex')),
  redirecting('redirects to this machine', 'http://127.0.0.1:9/'),
  redirecting('redirects to a private network', 'https://10.0.0.1/'),
  redirecting('redirects to itself, for ever', '/'),
  answering('is too busy', '{}', '429 Too Many Requests'),
  answering('fails', '{}', '500 Internal Server Error'),
  answering('answers with nothing', ''),
  answering('answers with what is no JSON', '{"did":'),
  answering('answers with a list', '[{"did":"did:plc:anaaaaaaaaaaaaaaaaaaaaaa"}]'),
  answering('answers about somebody else', '{"did":"did:plc:elseaaaaaaaaaaaaaaaaaaaa","active":true}'),
  answering('answers with nesting past all sense', `${'['.repeat(20_000)}${']'.repeat(20_000)}`),
]
