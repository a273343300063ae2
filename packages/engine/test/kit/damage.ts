import { closeSync, globSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Somewhere inside the messages of the first block. */
const AT = 100_000

/** Where a server keeps its copy of a stream. */
export function streamFolderOf(store: string, stream: string): string {
  return globSync(join(store, 'jetstream/*/streams', stream))[0]!
}

/** One bit of a file, as a disk may lose it without a word. */
export function flipBit(file: string): void {
  const descriptor = openSync(file, 'r+')
  const byte = new Uint8Array(1)
  readSync(descriptor, byte, 0, 1, AT)
  byte[0]! ^= 1
  writeSync(descriptor, byte, 0, 1, AT)
  closeSync(descriptor)
}
