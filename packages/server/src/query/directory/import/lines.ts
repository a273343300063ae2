import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'

/** How much of a file has been read, in bytes; for formats that are read in another order it stays 0. */
export interface Meter {
  bytes: number
}

/** A longer line is skipped to its end, and told as `undefined`. */
export const LINE_CHARACTERS_MAX = 1_000_000

export function bytesOf(file: string, meter: Meter = { bytes: 0 }): NodeJS.ReadableStream {
  const bytes = createReadStream(file)
  bytes.on('data', () => (meter.bytes = bytes.bytesRead))
  if (!file.toLowerCase().endsWith('.gz')) return bytes
  const plain = createGunzip()
  // The fault reaches whoever reads `plain`.
  pipeline(bytes, plain, () => {})
  return plain
}

/** The lines of a file, without what ends them and without a byte order mark. */
export async function* linesOf(file: string, meter?: Meter): AsyncGenerator<string | undefined, void> {
  const decoder = new StringDecoder('utf8')
  let begun = ''
  let isTooLong = false
  let isFirst = true
  const lineOf = (text: string): string | undefined => {
    const line = isFirst ? text.replace(/^\ufeff/, '') : text
    const tooLong = isTooLong || line.length > LINE_CHARACTERS_MAX
    isFirst = isTooLong = false
    return tooLong ? undefined : line.endsWith('\r') ? line.slice(0, -1) : line
  }
  for await (const chunk of bytesOf(file, meter)) {
    const lines = (begun + decoder.write(chunk as Buffer)).split('\n')
    begun = lines.pop()!
    for (const line of lines) yield lineOf(line)
    if (begun.length > LINE_CHARACTERS_MAX) {
      isTooLong = true
      begun = ''
    }
  }
  begun += decoder.end()
  if (begun !== '' || isTooLong) yield lineOf(begun)
}
