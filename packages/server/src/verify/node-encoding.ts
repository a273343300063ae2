import { hash } from 'node:crypto'
import { CBOR_LINK_START, LINK_BYTES, LINK_HEAD, linkOfHash, putLink, type Link } from '#wire/link.ts'
import { isSame } from '#wire/prescan.ts'
import { writeHead } from '#wire/scanned.ts'

/*
 * The encoding of a Merkle search tree's nodes (atproto.com/specs/repository): DAG-CBOR of `{ e: [{ k, p, t, v }], l }`,
 * where each key is what it shares with the key before (`p` bytes of it) and the rest (`k`).
 */

/** Where the parts of a node stand in its bytes. A subtree is a link or null, a value always a link. */
export interface NodeLayout {
  readonly entries: readonly EntryLayout[]
  /** The subtree before the first key. */
  readonly firstAt: number
}

interface EntryLayout {
  /** How much of the key is that of the key before, and where the rest of it is. */
  readonly shared: number
  readonly restAt: number
  readonly restEnd: number
  /** The subtree after the key. */
  readonly subtreeAt: number
  readonly valueAt: number
}

/** `subtrees` has one more than `keys`: the one before each key, and the last. */
export interface NodeParts {
  readonly keys: readonly string[]
  readonly values: readonly Link[]
  readonly subtrees: readonly (Link | undefined)[]
}

/**
 * A node with more entries is refused. Four are usual; hundreds come only by keys chosen for it, and each costs
 * whenever the node is touched.
 */
export const NODE_ENTRIES_MAX = 512
/** `collection/rkey`, by the specification. */
const KEY_BYTES_MAX = 1_024

const SLASH = 0x2f
/** The characters of a key on either side of its slash. */
const IS_IN_KEY = Uint8Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9._~:-]/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** How many zeros a key's hash begins with, in pairs of bits: the level at which it stands. */
export function keyHeight(key: string): number {
  const digest = hash('sha256', key, 'binary')
  let zeros = 0
  while (zeros < digest.length && digest.charCodeAt(zeros) === 0) zeros++
  if (zeros === digest.length) return 4 * zeros
  return 4 * zeros + ((Math.clz32(digest.charCodeAt(zeros)) - 24) >> 1)
}

/** The key that is being read: one for all, since a node is read in one go. */
const key = new Uint8Array(KEY_BYTES_MAX)

/**
 * Reads a node in the one form that the encoding allows. Anything else is malformed, and undefined. Nothing is trusted
 * but that the bytes are there.
 */
export function readLayout(bytes: Buffer): NodeLayout | undefined {
  const reader = new NodeReader(bytes)
  if (!reader.opens(0xa2) || !reader.isNamed(0x65)) return undefined
  const count = reader.argument(4)
  if (count === undefined || count > NODE_ENTRIES_MAX) return undefined
  const entries: EntryLayout[] = []
  let keyLength = 0
  let slashAt = -1
  for (let index = 0; index < count; index++) {
    if (!reader.opens(0xa4) || !reader.isNamed(0x6b)) return undefined
    const restLength = reader.argument(2)
    if (!restLength) return undefined
    const restAt = reader.at
    const restEnd = restAt + restLength
    reader.at = restEnd
    if (!reader.isNamed(0x70)) return undefined
    const shared = reader.argument(0)
    if (shared === undefined || shared > keyLength || shared + restLength > KEY_BYTES_MAX) return undefined
    // What is shared must be as long as it can be, or one tree would have several encodings; and keys must rise.
    if (shared < keyLength && bytes[restAt]! <= key[shared]!) return undefined
    keyLength = shared
    if (slashAt >= shared) slashAt = -1
    for (let at = restAt; at < restEnd; at++) {
      const byte = bytes[at]!
      if (byte === SLASH && slashAt < 0) slashAt = keyLength
      else if (IS_IN_KEY[byte] !== 1) return undefined
      key[keyLength++] = byte
    }
    if (slashAt <= 0 || slashAt === keyLength - 1) return undefined
    if (!reader.isNamed(0x74)) return undefined
    const subtreeAt = reader.at
    if (!reader.isNothing() && !reader.isLink()) return undefined
    if (!reader.isNamed(0x76)) return undefined
    const valueAt = reader.at
    if (!reader.isLink()) return undefined
    entries.push({ shared, restAt, restEnd, subtreeAt, valueAt })
  }
  if (!reader.isNamed(0x6c)) return undefined
  const firstAt = reader.at
  if (!reader.isNothing() && !reader.isLink()) return undefined
  return reader.at === bytes.length ? { entries, firstAt } : undefined
}

class NodeReader {
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Whether the next byte is this one; goes past it. */
  opens(byte: number): boolean {
    return this.#bytes[this.at++] === byte
  }

  /** Whether the next is a text of this one letter; goes past it. */
  isNamed(letter: number): boolean {
    const at = this.at
    this.at = at + 2
    return this.#bytes[at] === 0x61 && this.#bytes[at + 1] === letter
  }

  /** The argument of an item of a major type, up to 65,535, in its shortest form. */
  argument(major: number): number | undefined {
    const bytes = this.#bytes
    const initial = bytes[this.at++]
    if (initial === undefined || initial >> 5 !== major) return undefined
    const info = initial & 0x1f
    if (info < 24) return info
    if (info === 24) {
      const value = bytes[this.at++]
      return value !== undefined && value >= 24 ? value : undefined
    }
    if (info !== 25 || this.at + 2 > bytes.length) return undefined
    const value = bytes.readUInt16BE(this.at)
    this.at += 2
    return value > 0xff ? value : undefined
  }

  isNothing(): boolean {
    if (this.#bytes[this.at] !== 0xf6) return false
    this.at++
    return true
  }

  /** Whether the next is a link to DAG-CBOR; goes past it. */
  isLink(): boolean {
    const bytes = this.#bytes
    const { at } = this
    const end = at + LINK_HEAD.length + LINK_BYTES
    if (end > bytes.length) return false
    if (!isSame(bytes, at, CBOR_LINK_START)) return false
    this.at = end
    return true
  }
}

/**
 * Where a key stands in a node: its index, or the complement (`~`) of that of the first key after it. No key is put
 * together for it: `match` is how much the wanted key has in common with the entry before, which is smaller. An entry
 * that shares more with that one differs from the wanted key in the same place; one that shares less is greater than
 * both.
 */
export function searchLayout(bytes: Buffer, { entries }: NodeLayout, wanted: string): number {
  let match = 0
  for (let index = 0; index < entries.length; index++) {
    const { shared, restAt, restEnd } = entries[index]!
    if (shared > match) continue
    if (shared < match) return ~index
    let at = restAt
    while (at < restEnd && match < wanted.length && bytes[at] === wanted.charCodeAt(match)) {
      at++
      match++
    }
    if (match === wanted.length) return at === restEnd ? index : ~index
    if (at < restEnd && bytes[at]! > wanted.charCodeAt(match)) return ~index
  }
  return ~entries.length
}

/** One buffer for all: a node is written, hashed and forgotten before the next one is. */
let scratch = Buffer.allocUnsafe(64 * 1_024)
/** A key's rest of at most 1,024, two links, and what stands between them. */
const ENTRY_BYTES_MAX = KEY_BYTES_MAX + 2 * (LINK_HEAD.length + LINK_BYTES) + 24

function scratchOf(bytes: number): Buffer {
  if (scratch.length < bytes) scratch = Buffer.allocUnsafe(bytes)
  return scratch
}

/** The link of a node of these parts, by writing it down. */
export function linkOfParts({ keys, values, subtrees }: NodeParts): Link {
  const writer = new NodeWriter(scratchOf((keys.length + 1) * ENTRY_BYTES_MAX))
  writer.byte(0xa2)
  writer.name(0x65)
  writer.head(4, keys.length)
  let before = ''
  for (let index = 0; index < keys.length; index++) {
    const name = keys[index]!
    const shared = sharedPrefix(before, name)
    writer.byte(0xa4)
    writer.name(0x6b)
    writer.head(2, name.length - shared)
    writer.text(name.slice(shared))
    writer.name(0x70)
    writer.head(0, shared)
    writer.name(0x74)
    writer.link(subtrees[index + 1])
    writer.name(0x76)
    writer.link(values[index])
    before = name
  }
  writer.name(0x6c)
  writer.link(subtrees[0])
  return writer.linkOfAll()
}

/** The link of a node that differs from another one only in some links: by offset, where a link stood already. */
export function linkOfPatched(bytes: Buffer, links: readonly (readonly [at: number, link: Link])[]): Link {
  const patched = scratchOf(bytes.length).subarray(0, bytes.length)
  bytes.copy(patched)
  for (const [at, link] of links) putLink(patched, at + LINK_HEAD.length, link)
  return linkOfHash(hash('sha256', patched, 'binary'))
}

class NodeWriter {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(byte: number): void {
    this.#bytes[this.#at++] = byte
  }

  name(letter: number): void {
    this.#bytes[this.#at++] = 0x61
    this.#bytes[this.#at++] = letter
  }

  head(major: number, argument: number): void {
    this.#at = writeHead(this.#bytes, this.#at, major, argument)
  }

  text(text: string): void {
    this.#at += this.#bytes.write(text, this.#at, 'latin1')
  }

  link(target: Link | undefined): void {
    if (target === undefined) {
      this.byte(0xf6)
      return
    }
    this.#at += LINK_HEAD.copy(this.#bytes, this.#at)
    this.#at = putLink(this.#bytes, this.#at, target)
  }

  linkOfAll(): Link {
    return linkOfHash(hash('sha256', this.#bytes.subarray(0, this.#at), 'binary'))
  }
}

function sharedPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
