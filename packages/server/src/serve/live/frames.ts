import { encode } from '@atcute/cbor'
import { messageOf, OUTDATED, type LiveFault } from './event-text.ts'
import type { LiveChange } from './tail.ts'

/**
 * Messages of `app.waypost.feed.subscribe` by atproto.com/specs/event-stream: two DAG-CBOR objects, header and body,
 * in one binary WebSocket message. They come ready for the wire, so that one buffer serves everyone.
 */
export function eventFrame(change: LiveChange): Buffer {
  const message = messageOf(change)
  return message ? webSocketMessage({ op: 1, t: `#${change.kind}` }, fromJson(message)) : Buffer.alloc(0)
}

export function infoFrame(): Buffer {
  return webSocketMessage({ op: 1, t: '#info' }, OUTDATED)
}

export function faultFrame(error: LiveFault, message: string): Buffer {
  return webSocketMessage({ op: -1 }, { error, message })
}

/** RFC 6455, section 5.2: a final, binary, unmasked frame, as a server sends it. */
function webSocketMessage(header: object, body: unknown): Buffer {
  const payload = Buffer.concat([encode(header), encode(body)])
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10)
  head[0] = 0x82
  head[1] = payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(payload.length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, payload])
}

/** What an object means after it was JSON: without what is undefined. Links and bytes keep their JSON form. */
function fromJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value))
}
