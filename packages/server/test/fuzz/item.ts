/**
 * CBOR (RFC 8949) as a tree that can hold anything: floats, tags, keys out of order, text that is not UTF-8. What the
 * mutators change, and a second reader and writer beside the ones that are tested. Items are changed in place.
 */
export type Item =
  | { kind: 'unsigned' | 'negative'; argument: bigint }
  | { kind: 'bytes' | 'text'; bytes: Uint8Array }
  | { kind: 'array'; items: Item[] }
  | { kind: 'map'; entries: [Item, Item][] }
  | { kind: 'tag'; tag: bigint; of: Item }
  | { kind: 'simple'; value: number }
  | { kind: 'float'; value: number }
  /** Written as it is. */
  | { kind: 'raw'; bytes: Uint8Array }

export type ArrayItem = Extract<Item, { kind: 'array' }>
export type MapItem = Extract<Item, { kind: 'map' }>

export const text = (value: string): Item => ({ kind: 'text', bytes: Buffer.from(value) })
export const bytes = (value: Uint8Array): Item => ({ kind: 'bytes', bytes: value })
export const integer = (value: bigint | number): Item => {
  const whole = BigInt(value)
  return whole < 0n ? { kind: 'negative', argument: -1n - whole } : { kind: 'unsigned', argument: whole }
}
export const nothing = (): Item => ({ kind: 'simple', value: 22 })
export const link = (cid: Uint8Array): Item => ({
  kind: 'tag',
  tag: 42n,
  of: bytes(Buffer.concat([Buffer.of(0), cid])),
})
export const mapOf = (fields: Readonly<Record<string, Item>>): MapItem => ({
  kind: 'map',
  entries: Object.entries(fields).map(([key, value]) => [text(key), value]),
})

/** The bytes of a CID inside a link; undefined for what is no link. */
export function linkedCid(item: Item | undefined): Uint8Array | undefined {
  return item?.kind === 'tag' && item.of.kind === 'bytes' ? item.of.bytes.subarray(1) : undefined
}

export function field(item: Item, name: string): Item | undefined {
  if (item.kind !== 'map') return undefined
  return item.entries.find(([key]) => isNamed(key, name))?.[1]
}

/** Puts a value in place of the one of that name, or a field at the end; the order of keys is `sortKeys`' part. */
export function setField(item: MapItem, name: string, value: Item): void {
  const entry = item.entries.find(([key]) => isNamed(key, name))
  if (entry) entry[1] = value
  else item.entries.push([text(name), value])
}

export function dropField(item: MapItem, name: string): void {
  item.entries = item.entries.filter(([key]) => !isNamed(key, name))
}

function isNamed(key: Item, name: string): boolean {
  return key.kind === 'text' && Buffer.from(key.bytes).toString() === name
}

/** Whatever its kind was, the item is now the other one. */
export function become(item: Item, other: Item): void {
  for (const name of Object.keys(item)) delete (item as unknown as Record<string, unknown>)[name]
  Object.assign(item, other)
}

export function copyOf(item: Item): Item {
  switch (item.kind) {
    case 'array':
      return { kind: 'array', items: item.items.map(copyOf) }
    case 'map':
      return { kind: 'map', entries: item.entries.map(([key, value]) => [copyOf(key), copyOf(value)]) }
    case 'tag':
      return { ...item, of: copyOf(item.of) }
    default:
      return { ...item }
  }
}

/** The item and all that is in it, keys too. */
export function* itemsIn(item: Item): Generator<Item, void> {
  yield item
  if (item.kind === 'array') for (const inner of item.items) yield* itemsIn(inner)
  if (item.kind === 'tag') yield* itemsIn(item.of)
  if (item.kind !== 'map') return
  for (const [key, value] of item.entries) {
    yield* itemsIn(key)
    yield* itemsIn(value)
  }
}

/** Deeper, a value is not read: none of ours comes near. */
const READ_DEPTH_MAX = 256

/**
 * Reads the item that begins at `at`. Throws a RangeError where there is none in the one form that deterministic CBOR
 * has for it: short arguments, lengths said beforehand.
 */
export function readItem(source: Uint8Array, at = 0, depth = 0): { readonly item: Item; readonly end: number } {
  if (depth > READ_DEPTH_MAX) throw new RangeError('too deep')
  const initial = source[at]
  if (initial === undefined) throw new RangeError('no item')
  const major = initial >> 5
  const info = initial & 31
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  if (major === 7) {
    if (info < 24) return { item: { kind: 'simple', value: info }, end: at + 1 }
    if (info === 27) return { item: { kind: 'float', value: view.getFloat64(at + 1) }, end: at + 9 }
    throw new RangeError('simple value')
  }
  const { argument, end } = readArgument(view, at, info)
  const length = Number(argument)
  switch (major) {
    case 0:
      return { item: { kind: 'unsigned', argument }, end }
    case 1:
      return { item: { kind: 'negative', argument }, end }
    case 2:
    case 3:
      if (end + length > source.length) throw new RangeError('cut off')
      return {
        item: { kind: major === 2 ? 'bytes' : 'text', bytes: source.slice(end, end + length) },
        end: end + length,
      }
    case 6: {
      const of = readItem(source, end, depth + 1)
      return { item: { kind: 'tag', tag: argument, of: of.item }, end: of.end }
    }
    default:
      return readContainer(source, { at: end, length, isMap: major === 5, depth })
  }
}

function readArgument(view: DataView, at: number, info: number): { argument: bigint; end: number } {
  if (info < 24) return { argument: BigInt(info), end: at + 1 }
  if (info > 27) throw new RangeError('argument')
  const width = 1 << (info - 24)
  let argument = 0n
  for (let index = 1; index <= width; index++) argument = (argument << 8n) | BigInt(view.getUint8(at + index))
  const least = width === 1 ? 24n : 1n << BigInt(width * 4)
  if (argument < least) throw new RangeError('argument is longer than it need be')
  return { argument, end: at + 1 + width }
}

function readContainer(
  source: Uint8Array,
  { at, length, isMap, depth }: { at: number; length: number; isMap: boolean; depth: number },
): { item: Item; end: number } {
  if (length > source.length - at) throw new RangeError('cut off')
  const items: Item[] = []
  let end = at
  for (let index = 0; index < (isMap ? 2 * length : length); index++) {
    const read = readItem(source, end, depth + 1)
    items.push(read.item)
    end = read.end
  }
  if (!isMap) return { item: { kind: 'array', items }, end }
  const entries = Array.from({ length }, (_, index): [Item, Item] => [items[2 * index]!, items[2 * index + 1]!])
  return { item: { kind: 'map', entries }, end }
}

/** The one item that fills all the bytes; throws where there is none. */
export function readWhole(source: Uint8Array): Item {
  const { item, end } = readItem(source)
  if (end !== source.length) throw new RangeError('something follows')
  return item
}

export function writeItem(item: Item): Buffer {
  const writer = new ItemWriter()
  writer.write(item)
  return writer.written()
}

class ItemWriter {
  #bytes = Buffer.allocUnsafe(512)
  #at = 0

  written(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at))
  }

  write(item: Item): void {
    switch (item.kind) {
      case 'unsigned':
      case 'negative':
        this.#head(item.kind === 'unsigned' ? 0 : 1, item.argument)
        return
      case 'bytes':
      case 'text':
        this.#head(item.kind === 'bytes' ? 2 : 3, item.bytes.length)
        this.#raw(item.bytes)
        return
      case 'array':
        this.#head(4, item.items.length)
        for (const inner of item.items) this.write(inner)
        return
      case 'map':
        this.#head(5, item.entries.length)
        for (const [key, value] of item.entries) {
          this.write(key)
          this.write(value)
        }
        return
      case 'tag':
        this.#head(6, item.tag)
        this.write(item.of)
        return
      case 'simple':
        this.#grow(1)
        this.#bytes[this.#at++] = 0xe0 | item.value
        return
      case 'float':
        this.#grow(9)
        this.#bytes[this.#at] = 0xfb
        this.#at = this.#bytes.writeDoubleBE(item.value, this.#at + 1)
        return
      case 'raw':
        this.#raw(item.bytes)
    }
  }

  /** An argument in its shortest form; past 64 bits it is cut off. */
  #head(major: number, argument: bigint | number): void {
    this.#grow(9)
    const bytes = this.#bytes
    const initial = major << 5
    if (argument < 24) bytes[this.#at++] = initial | Number(argument)
    else if (argument < 0x100) {
      bytes[this.#at] = initial | 24
      this.#at = bytes.writeUInt8(Number(argument), this.#at + 1)
    } else if (argument < 0x1_0000) {
      bytes[this.#at] = initial | 25
      this.#at = bytes.writeUInt16BE(Number(argument), this.#at + 1)
    } else if (argument < 0x1_0000_0000) {
      bytes[this.#at] = initial | 26
      this.#at = bytes.writeUInt32BE(Number(argument), this.#at + 1)
    } else {
      bytes[this.#at] = initial | 27
      this.#at = bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(argument)), this.#at + 1)
    }
  }

  #raw(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #grow(need: number): void {
    if (this.#at + need <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#at + need))
    larger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = larger
  }
}

/** Keys in the order that the data model wants, each once, in every map. */
export function sortKeys(item: Item): void {
  for (const inner of itemsIn(item)) {
    if (inner.kind !== 'map') continue
    const written = new Map(inner.entries.map((entry) => [writeItem(entry[0]).toString('latin1'), entry]))
    inner.entries = [...written]
      .toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
      .map(([, entry]) => entry)
  }
}
