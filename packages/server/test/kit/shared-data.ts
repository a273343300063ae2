import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const ROOT = new URL('../../../../../shared/data', import.meta.url).pathname

/** For a test's options: why it is skipped, or false where the file is there. */
export function unlessShared(path: string): string | false {
  return existsSync(join(ROOT, path)) ? false : `needs ../shared/data/${path}`
}

export function sharedBytes(path: string): Uint8Array {
  const bytes = readFileSync(join(ROOT, path))
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes)
}

export function sharedText(path: string): string {
  return new TextDecoder().decode(sharedBytes(path))
}

export function sharedJson<T>(path: string): T {
  return JSON.parse(sharedText(path)) as T
}

/** Lines that are neither empty nor comments. */
export function sharedLines(path: string): readonly string[] {
  return sharedText(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** The frames recorded on 4 July 2026, raw. */
export function recordedFrames(): readonly Uint8Array[] {
  const bytes = sharedBytes('atproto/firehose-2026-07-04/frames.bin.gz')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at, true)
    frames.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return frames
}
