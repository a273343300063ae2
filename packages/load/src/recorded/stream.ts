/** A host's stream that lies ready to be sent: each message once, and in WebSocket's framing already. */
export interface ReadyStream {
  /** The number of the first message; the others count on from it. */
  readonly firstSeq: number
  readonly length: number
  /** How many of the first `count` messages are those of the recording, and the first of it. */
  recordedAmong(count: number): number
  /**
   * Puts messages from `from` on at the beginning of `into`, as many as fit and at most `countMax`. They say that they
   * are of this time: 24 letters, as `Date.toISOString` makes them.
   */
  copy(from: number, into: Buffer, options: CopyOptions): { readonly count: number; readonly bytes: number }
}

export interface CopyOptions {
  readonly countMax: number
  readonly time: string
}

/**
 * Where streams begin to count: as far on as the network's relays are. From 2^32 to 2^53 a number takes nine bytes in
 * CBOR, so that one can be written over another.
 */
export const FIRST_SEQ = 2 ** 33

/** No message may be longer: they are copied into a buffer of this size. */
export const MESSAGE_BYTES_MAX = 1_048_576

/** A whole binary message from a server to a client (RFC 6455 §5.2): such frames are not masked. */
export function webSocketFrame(message: Uint8Array): Buffer {
  const { length } = message
  if (length < 126) return Buffer.concat([Uint8Array.of(0x82, length), message])
  const header = Buffer.alloc(length < 65_536 ? 4 : 10)
  header[0] = 0x82
  if (header.length === 4) {
    header[1] = 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([header, message])
}

/** The message in such a frame. */
export function messageIn(frame: Buffer): Buffer {
  return frame.subarray(frame[1]! < 126 ? 2 : frame[1] === 126 ? 4 : 10)
}

/** Where the number of a frame is that says `seq`: nine bytes, the last eight of which can be written over. */
export function offsetOfSeq(frame: Buffer, seq: number): number {
  const field = Buffer.from(`cseq\u001b${'\0'.repeat(8)}`)
  field.writeBigUInt64BE(BigInt(seq), 5)
  return offsetOf(frame, field) + 5
}

export function writeSeq(frame: Buffer, offset: number, seq: number): void {
  frame.writeUInt32BE(Math.floor(seq / 2 ** 32), offset)
  frame.writeUInt32BE(seq >>> 0, offset + 4)
}

/** Where the 24 letters of a frame's time are. */
export function offsetOfTime(frame: Buffer, time: string): number {
  return offsetOf(frame, Buffer.from(`dtimex\u0018${time}`)) + 7
}

export function writeTime(frame: Buffer, offset: number, time: string): void {
  frame.write(time, offset, 'latin1')
}

function offsetOf(frame: Buffer, field: Buffer): number {
  const at = frame.indexOf(field)
  if (at < 0) throw new Error(`a message has no field ${field.toString('latin1')}`)
  return at
}
