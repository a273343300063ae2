/**
 * Frames on a stream of bytes: four bytes of length, then JSON. In: chunks as they come. Out: what they hold. Whatever is
 * too long or no JSON ends the stream: after it nobody knows where the next frame begins.
 */
export interface FrameReader {
  /** Refused at the first byte that says so; nothing after it is read. */
  push(chunk: Buffer): FrameEnd | undefined
}

export type FrameEnd = 'oversize' | 'not-json'

/** Some eight times as much as the longest frame of ours: two hundred people. */
export const FRAME_BYTES_MAX = 1_048_576
const LENGTH_BYTES = 4

export function frameBytes(frame: object): Buffer {
  const json = Buffer.from(JSON.stringify(frame))
  const head = Buffer.alloc(LENGTH_BYTES)
  head.writeUInt32BE(json.length)
  return Buffer.concat([head, json])
}

export function createFrameReader(take: (frame: unknown) => void): FrameReader {
  /** What of a frame has come. */
  let held: Buffer[] = []
  let length = 0
  let wanted = LENGTH_BYTES
  let isHead = true

  return {
    push(chunk) {
      held.push(chunk)
      length += chunk.length
      while (length >= wanted) {
        const bytes = Buffer.concat(held)
        const part = bytes.subarray(0, wanted)
        held = [bytes.subarray(wanted)]
        length -= wanted
        if (isHead) {
          wanted = part.readUInt32BE()
          if (wanted > FRAME_BYTES_MAX) return 'oversize'
        } else {
          wanted = LENGTH_BYTES
          const frame = parsed(part)
          if (frame === undefined) return 'not-json'
          take(frame)
        }
        isHead = !isHead
      }
      return undefined
    },
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
