/**
 * In: lines. Out: the fields of each record of a table, where a quoted field may go on over several lines; `undefined`
 * for one that is none. Promise: a quote that nobody closes costs its own line and no other.
 */

/** A record on more lines has a quote that is never closed. */
const RECORD_LINES_MAX = 100
const RECORD_CHARACTERS_MAX = 1_000_000

export async function* recordsOf(
  lines: AsyncIterable<string | undefined>,
  delimiter: string,
): AsyncGenerator<readonly string[] | undefined, void> {
  /** The lines of a record that is not at its end yet. */
  let open: string[] = []

  function* take(lines: readonly string[]): Generator<readonly string[] | undefined, void> {
    const left = [...lines]
    for (let line = left.shift(); line !== undefined; line = left.shift()) {
      if (open.length === 0 && line.trim() === '') continue
      open.push(line)
      const text = open.join('\n')
      const fields = fieldsOf(text, { delimiter, isStrict: open.length > 1 })
      if (fields === 'open' && open.length < RECORD_LINES_MAX && text.length < RECORD_CHARACTERS_MAX) continue
      // Only the first line is no record: those behind it are looked at once more.
      if (typeof fields === 'string') left.unshift(...open.slice(1))
      open = []
      yield typeof fields === 'string' ? undefined : fields
    }
  }

  /** Whatever is open will not be closed any more. */
  function* end(): Generator<readonly string[] | undefined, void> {
    while (open.length > 0) {
      const [, ...others] = open
      open = []
      yield undefined
      yield* take(others)
    }
  }

  for await (const line of lines) {
    if (line !== undefined) yield* take([line])
    else {
      yield* end()
      yield undefined
    }
  }
  yield* end()
}

/**
 * `open`: it ends within quotes. `torn`: within quotes there is one that ends nothing, so that they were never meant to
 * reach so far; a single line is not asked as much, and has it as it stands.
 */
function fieldsOf(
  text: string,
  { delimiter, isStrict }: { readonly delimiter: string; readonly isStrict: boolean },
): readonly string[] | 'open' | 'torn' {
  if (!text.includes('"')) return text.split(delimiter)
  const fields: string[] = []
  for (let at = 0; ; at++) {
    if (text[at] !== '"') {
      const end = endOf(text, delimiter, at)
      fields.push(text.slice(at, end))
      at = end
    } else {
      let field = ''
      for (at++; ; at++) {
        const quote = text.indexOf('"', at)
        if (quote === -1) return 'open'
        field += text.slice(at, quote)
        at = quote + 1
        if (at >= text.length || text[at] === delimiter) break
        if (text[at] === '"') field += '"'
        else if (isStrict) return 'torn'
        else field += `"${text[at]}`
      }
      fields.push(field)
    }
    if (at >= text.length) return fields
  }
}

function endOf(text: string, delimiter: string, from: number): number {
  const at = text.indexOf(delimiter, from)
  return at === -1 ? text.length : at
}
