import { integer, nothing, text, type Item } from './item.ts'

/** JSON as the same trees, so that one set of mutators serves both. */
export function fromJson(value: unknown): Item {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? integer(value) : { kind: 'float', value }
  if (typeof value === 'boolean') return { kind: 'simple', value: value ? 21 : 20 }
  if (Array.isArray(value)) return { kind: 'array', items: value.map(fromJson) }
  if (typeof value !== 'object' || value === null) return nothing()
  return { kind: 'map', entries: Object.entries(value).map(([key, inner]) => [text(key), fromJson(inner)]) }
}

/** What JSON has no word for becomes the next best; text that is not UTF-8 stays as it is. */
export function writeJson(item: Item): Buffer {
  switch (item.kind) {
    case 'unsigned':
      return Buffer.from(String(item.argument))
    case 'negative':
      return Buffer.from(String(-1n - item.argument))
    case 'float':
      return Buffer.from(Number.isFinite(item.value) ? String(item.value) : '1e999')
    case 'text':
      return quoted(item.bytes)
    case 'bytes':
      return quoted(Buffer.from(Buffer.from(item.bytes).toString('base64')))
    case 'array':
      return listed('[', item.items.map(writeJson), ']')
    case 'map':
      return listed(
        '{',
        item.entries.map(([key, value]) => {
          const name = key.kind === 'text' ? writeJson(key) : quoted(writeJson(key))
          return Buffer.concat([name, Buffer.from(':'), writeJson(value)])
        }),
        '}',
      )
    case 'tag':
      return writeJson(item.of)
    case 'simple':
      return Buffer.from(item.value === 20 ? 'false' : item.value === 21 ? 'true' : 'null')
    case 'raw':
      return Buffer.from(item.bytes)
  }
}

function quoted(raw: Uint8Array): Buffer {
  const escaped: number[] = [0x22]
  for (const byte of raw) {
    if (byte < 0x20) escaped.push(...Buffer.from(`\\u00${byte.toString(16).padStart(2, '0')}`))
    else if (byte === 0x22 || byte === 0x5c) escaped.push(0x5c, byte)
    else escaped.push(byte)
  }
  escaped.push(0x22)
  return Buffer.from(escaped)
}

function listed(open: string, parts: readonly Buffer[], close: string): Buffer {
  const joined = parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(','), part]))
  return Buffer.concat([Buffer.from(open), ...joined, Buffer.from(close)])
}
