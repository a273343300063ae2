import { LINK_BYTES, LINK_HEAD, linkAt, type Link } from '#wire/link.ts'
import { isSame } from '#wire/prescan.ts'

/** Fields that are looked for in a map, in the canonical order: shorter names first, then by bytes. */
export type FieldNames<Names extends readonly string[] = readonly string[]> = {
  readonly [Index in keyof Names]: Buffer
}

export function fieldNames<const Names extends readonly string[]>(...names: Names): FieldNames<Names> {
  return names.map((name) => Buffer.from(name)) as unknown as FieldNames<Names>
}

/** Where the value of each of these fields begins; `ABSENT` where the map has no such field. */
export type FieldOffsets<Names extends FieldNames> = { readonly [Index in keyof Names]: number }

/** Where the outermost map begins, and so no value of a field: what is asked of it there is undefined. */
const ABSENT = 0

/**
 * Reads DAG-CBOR that the scan (`prescan.ts`) has passed. Every length fits, keys are text and rise, texts are UTF-8,
 * links are links: none of it is checked again, so what was not scanned must never come here.
 * A value is named by the offset at which it begins. Asked for as another kind than it is, it is undefined.
 */
export class Scanned {
  readonly #bytes: Buffer
  /** Where the last head that was read ended. */
  #at = 0

  private constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Undefined where the first value is not a map. */
  static ofMap(bytes: Uint8Array): Scanned | undefined {
    if (bytes[0]! >> 5 !== 5) return undefined
    return new Scanned(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }

  isMap(at: number): boolean {
    return this.#bytes[at]! >> 5 === 5
  }

  /** Of a map; what is not a map has none of them. */
  fields<Names extends FieldNames>(at: number, names: Names): FieldOffsets<Names> {
    const bytes = this.#bytes
    const found: number[] = []
    for (let index = 0; index < names.length; index++) found.push(ABSENT)
    if (!this.isMap(at)) return found as unknown as FieldOffsets<Names>
    let next = 0
    for (let left = this.#argument(at); left > 0; left--) {
      const length = this.#argument(this.#at)
      const key = this.#at
      const value = key + length
      // Both rise, so that what was passed over once does not come again.
      for (let index = next; index < names.length && names[index]!.length <= length; index++) {
        if (names[index]!.length !== length || !isSame(bytes, key, names[index]!)) continue
        found[index] = value
        next = index + 1
        break
      }
      this.#at = this.after(value)
    }
    return found as unknown as FieldOffsets<Names>
  }

  /** Where each item of an array begins; undefined where it is none. */
  items(at: number): readonly number[] | undefined {
    if (this.#bytes[at]! >> 5 !== 4) return undefined
    const items: number[] = []
    let left = this.#argument(at)
    for (let item = this.#at; left > 0; left--) {
      items.push(item)
      item = this.after(item)
    }
    return items
  }

  text(at: number): string | undefined {
    if (this.#bytes[at]! >> 5 !== 3) return undefined
    const length = this.#argument(at)
    return this.#bytes.toString('utf8', this.#at, this.#at + length)
  }

  byteString(at: number): Buffer | undefined {
    if (this.#bytes[at]! >> 5 !== 2) return undefined
    const length = this.#argument(at)
    return this.#bytes.subarray(this.#at, this.#at + length)
  }

  link(at: number): Link | undefined {
    return this.#bytes[at] === LINK_HEAD[0] ? linkAt(this.#bytes, at + LINK_HEAD.length) : undefined
  }

  integer(at: number): number | undefined {
    const major = this.#bytes[at]! >> 5
    if (major > 1) return undefined
    const argument = this.#argument(at)
    return major === 0 ? argument : -1 - argument
  }

  boolean(at: number): boolean | undefined {
    const byte = this.#bytes[at]
    return byte === 0xf4 || byte === 0xf5 ? byte === 0xf5 : undefined
  }

  /** Whether it is absent or null. */
  isNothing(at: number): boolean {
    return at === ABSENT || this.#bytes[at] === 0xf6
  }

  /** The outermost map's bytes without one of its fields: where a map is canonical, so it is without a field. */
  without(name: string, valueAt: number): Buffer {
    const count = this.#argument(0)
    const begin = this.#at
    const bytes = this.#bytes
    const kept = Buffer.allocUnsafe(bytes.length)
    let at = writeHead(kept, 0, 5, count - 1)
    // A name that is asked for is short: its head is one byte.
    at += bytes.copy(kept, at, begin, valueAt - name.length - 1)
    at += bytes.copy(kept, at, this.after(valueAt))
    return kept.subarray(0, at)
  }

  /** The offset past a value, however much it holds. */
  after(at: number): number {
    let end = at
    for (let left = 1; left > 0; left--) {
      const major = this.#bytes[end]! >> 5
      const argument = this.#argument(end)
      end = this.#at
      if (major === 2 || major === 3) end += argument
      else if (major === 4) left += argument
      else if (major === 5) left += 2 * argument
      else if (major === 6) left++
    }
    return end
  }

  /** The value as objects, arrays, texts, byte strings and so on; links as `link` makes them of their 36 bytes. */
  value(at: number, link: (bytes: Buffer) => unknown): unknown {
    this.#at = at
    return this.#next(link)
  }

  #next(link: (bytes: Buffer) => unknown): unknown {
    const bytes = this.#bytes
    const first = bytes[this.#at]!
    const argument = this.#argument(this.#at)
    const begin = this.#at
    switch (first >> 5) {
      case 0:
        return argument
      case 1:
        return -1 - argument
      case 2:
        this.#at = begin + argument
        return bytes.subarray(begin, this.#at)
      case 3:
        this.#at = begin + argument
        return bytes.toString('utf8', begin, this.#at)
      case 4: {
        const array: unknown[] = []
        for (let left = argument; left > 0; left--) array.push(this.#next(link))
        return array
      }
      case 5: {
        const object: Record<string, unknown> = {}
        for (let left = argument; left > 0; left--) {
          const key = this.#next(link) as string
          object[key] = this.#next(link)
        }
        return object
      }
      case 6:
        // Past the head and the zero of the byte string.
        this.#at = begin + 3 + LINK_BYTES
        return link(bytes.subarray(begin + 3, this.#at))
      default:
        return first === 0xf6 ? null : first === 0xf5
    }
  }

  /** The argument of the head at an offset; the head's end goes to `#at`. */
  #argument(at: number): number {
    const bytes = this.#bytes
    const info = bytes[at]! & 0x1f
    if (info < 24) {
      this.#at = at + 1
      return info
    }
    const width = 1 << (info - 24)
    this.#at = at + 1 + width
    let argument = 0
    for (let index = at + 1; index < this.#at; index++) argument = argument * 256 + bytes[index]!
    return argument
  }
}

/** Writes an item's head in its shortest form, and answers the offset past it. `argument`: up to 2^32 - 1. */
export function writeHead(bytes: Buffer, at: number, major: number, argument: number): number {
  const type = major << 5
  if (argument < 24) return bytes.writeUInt8(type | argument, at)
  if (argument < 0x100) return bytes.writeUInt8(argument, bytes.writeUInt8(type | 24, at))
  if (argument < 0x1_0000) return bytes.writeUInt16BE(argument, bytes.writeUInt8(type | 25, at))
  return bytes.writeUInt32BE(argument, bytes.writeUInt8(type | 26, at))
}
