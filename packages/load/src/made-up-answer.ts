import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Random } from '@waypost/kernel'
import type { SocketVillainy } from './socket-villainy.ts'

const STATUSES = [
  '200 OK',
  '200 OK',
  '200 OK',
  '204 x',
  '205 x',
  '206 x',
  '302 x',
  '304 x',
  '400 x',
  '503 x',
  '999 x',
  '100 x',
  '101 x',
  '103 x',
]
const CODINGS = ['gzip', 'GZIP', 'x-gzip', 'br', 'deflate', 'zstd', 'identity', 'nonsense', '']
const PLACES = ['/', '//', '', '::', 'data:,x', 'http://127.0.0.1:9/']
const ODDITIES = [
  'connection: close',
  'connection: upgrade\r\nupgrade: x',
  'keep-alive: timeout=999999',
  'set-cookie: a=b',
  'x: \u0000',
  ': y',
  'trailer: x',
  'content-type: \u00ff',
]
const ENDS = ['goes', 'breaks off', 'stays', 'stays, and breaks off', 'stays, and breaks off'] as const
const LATE_MS = 15

const text = Buffer.from('{"did":"did:plc:anaaaaaaaaaaaaaaaaaaaaaa"}'.repeat(50))
const BODIES = [
  text,
  gzipSync(text),
  brotliCompressSync(text),
  deflateSync(text),
  deflateRawSync(text),
  zstdCompressSync(text),
  Buffer.alloc(0),
  Buffer.alloc(300, 0xff),
  Buffer.alloc(1_000_000, ' '),
]

/** Answers by HTTP that the dice make up: parts that are each allowed, or nearly so, put together and broken off anywhere. */
export function madeUpAnswers(random: Random): SocketVillainy {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random.fraction() * all.length)]!
  const happens = (odds: number): boolean => random.fraction() < odds

  function answer(): Uint8Array {
    const headers: string[] = []
    const layers = Math.floor(random.fraction() * 8)
    if (layers > 0)
      headers.push(`content-encoding: ${Array.from({ length: layers }, () => pick(CODINGS)).join(pick([',', ', ']))}`)
    if (happens(0.2)) headers.push(`content-encoding: ${pick(CODINGS)}`)
    if (happens(0.3)) headers.push(`location: ${pick(PLACES)}`)
    if (happens(0.1)) headers.push(pick(ODDITIES))
    let body = pick(BODIES)
    if (happens(0.4)) headers.push(`content-length: ${body.length + pick([0, 0, 100])}`)
    if (happens(0.3)) {
      headers.push('transfer-encoding: chunked')
      const [before, after] = [`${body.length.toString(16)}\r\n`, `\r\n0\r\n${pick(['', 'x: y\r\n'])}\r\n`]
      body = Buffer.concat([Buffer.from(before), body, Buffer.from(after)])
    }
    const first = happens(0.3) ? `HTTP/1.1 ${pick(['102', '103'])} x\r\nlink: x\r\n\r\n` : ''
    const head = `${first}HTTP/1.1 ${pick(STATUSES)}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`
    const whole = Buffer.concat([Buffer.from(head, 'latin1'), body])
    return happens(0.4) ? whole.subarray(0, Math.floor(random.fraction() * whole.length)) : whole
  }

  return {
    name: 'answers as the dice fall',
    async act({ socket, pause }) {
      const end = pick(ENDS)
      socket.write(answer())
      if (end === 'goes') socket.end()
      if (end === 'breaks off') socket.resetAndDestroy()
      if (end !== 'stays, and breaks off') return
      await pause(LATE_MS)
      socket.resetAndDestroy()
    },
  }
}
