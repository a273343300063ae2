import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { pipeline } from 'node:stream'

/**
 * The rows of a gzipped CSV (RFC 4180, UTF-8), without its header row, in batches as they are read. Rejects where the
 * file is not there or not gzip.
 */
export async function* readCsv(file: string): AsyncGenerator<readonly (readonly string[])[], void> {
  let isHeader = true
  for await (const rows of readRows(file)) {
    yield isHeader ? rows.slice(1) : rows
    isHeader = false
  }
}

export type Cells<Name extends string> = Readonly<Record<Name, string | undefined>>

/** The same with its cells by the names of their columns; of several names the first that there is. Undefined: no such column. */
export async function* readColumns<Name extends string>(
  file: string,
  columns: Readonly<Record<Name, readonly string[]>>,
): AsyncGenerator<readonly Cells<Name>[], void> {
  let places: readonly (readonly [string, number])[] | undefined
  for await (const rows of readRows(file)) {
    const cells = places === undefined ? rows.slice(1) : rows
    places ??= Object.entries<readonly string[]>(columns).map(([name, names]) => [
      name,
      names.map((each) => rows[0]!.indexOf(each)).find((at) => at !== -1) ?? -1,
    ])
    const found = places
    yield cells.map(
      (row) =>
        Object.fromEntries(found.map(([name, at]) => [name, at === -1 ? undefined : (row[at] ?? '')])) as Cells<Name>,
    )
  }
}

/** All of them; no batch is empty, and the first row is the header. */
async function* readRows(file: string): AsyncGenerator<readonly (readonly string[])[], void> {
  const text = createGunzip()
  pipeline(createReadStream(file), text, () => {})
  text.setEncoding('utf8')
  const parser = new RowParser()
  for await (const chunk of text) {
    const rows = parser.take(chunk as string)
    if (rows.length > 0) yield rows
  }
  const last = parser.end()
  if (last) yield [last]
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
