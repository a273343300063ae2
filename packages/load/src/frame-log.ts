import { mkdtempSync, openSync, rmSync, writeSync, close, read } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const readAt = promisify(read)
const closeFile = promisify(close)

/** What a host has emitted, in order. It lies in a temporary file, so that memory does not grow with it. */
export interface FrameLog extends AsyncDisposable {
  /** How many frames were ever appended. */
  readonly length: number
  append(frame: Uint8Array): void
  /** Frames from `index` on: at least one where there is one, then as many as fit `bytesMax`. */
  read(index: number, bytesMax: number): Promise<readonly Uint8Array[]>
}

/** The file has no name once it is open: however the process ends, nothing is left behind. */
export function openFrameLog(): FrameLog {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-frames-'))
  const file = openSync(join(folder, 'frames'), 'wx+')
  rmSync(folder, { recursive: true })
  const ends: number[] = []

  return {
    get length() {
      return ends.length
    },
    append(frame) {
      const start = ends.at(-1) ?? 0
      for (let done = 0; done < frame.length;) {
        done += writeSync(file, frame, done, frame.length - done, start + done)
      }
      ends.push(start + frame.length)
    },
    async read(index, bytesMax) {
      if (index >= ends.length) return []
      const start = index === 0 ? 0 : ends[index - 1]!
      let last = index
      while (last + 1 < ends.length && ends[last + 1]! - start <= bytesMax) last++
      const bytes = Buffer.allocUnsafe(ends[last]! - start)
      for (let done = 0; done < bytes.length;) {
        done += (await readAt(file, bytes, done, bytes.length - done, start + done)).bytesRead
      }
      return ends.slice(index, last + 1).map((end, nth) => {
        return bytes.subarray((nth === 0 ? start : ends[index + nth - 1]!) - start, end - start)
      })
    },
    [Symbol.asyncDispose]: () => closeFile(file),
  }
}
