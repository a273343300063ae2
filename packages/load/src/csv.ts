import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { pipeline } from 'node:stream'

/**
 * The rows of a gzipped CSV (RFC 4180, UTF-8), without its header row, in batches as they are read. Rejects where the
 * file is not there or not gzip.
 */
export async function* readCsv(file: string): AsyncGenerator<readonly (readonly string[])[], void> {
  const text = createGunzip()
  pipeline(createReadStream(file), text, () => {})
  text.setEncoding('utf8')
  const parser = new RowParser()
  let header = true
  for await (const chunk of text) {
    const rows = parser.take(chunk as string)
    if (header && rows.length > 0) {
      header = false
      rows.shift()
    }
    if (rows.length > 0) yield rows
  }
  const last = parser.end()
  if (last && !header) yield [last]
}

/** Keeps what a chunk leaves unfinished. */
class RowParser {
  #row: string[] = []
  #cell = ''
  #quoted = false
  /** A quote inside quotes was seen; what follows tells whether it ends the cell or stands for itself. */
  #quoteSeen = false

  take(chunk: string): string[][] {
    const rows: string[][] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const letter = chunk[at]
      if (this.#quoted) {
        if (letter !== '"') continue
        this.#cell += chunk.slice(from, at)
        from = at + 1
        this.#quoted = false
        this.#quoteSeen = true
        continue
      }
      if (letter === '"') {
        if (this.#quoteSeen) this.#cell += '"'
        this.#quoted = true
        this.#quoteSeen = false
        from = at + 1
        continue
      }
      this.#quoteSeen = false
      if (letter !== ',' && letter !== '\n') continue
      this.#row.push(this.#cell + chunk.slice(from, at))
      this.#cell = ''
      from = at + 1
      if (letter === '\n') rows.push(this.#finish())
    }
    this.#cell += chunk.slice(from)
    return rows
  }

  end(): string[] | undefined {
    if (this.#row.length === 0 && this.#cell === '') return undefined
    this.#row.push(this.#cell)
    return this.#finish()
  }

  #finish(): string[] {
    const row = this.#row
    if (row.at(-1)?.endsWith('\r')) row[row.length - 1] = row.at(-1)!.slice(0, -1)
    this.#row = []
    return row
  }
}
