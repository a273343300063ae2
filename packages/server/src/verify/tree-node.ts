import { hash } from 'node:crypto'
import { CBOR_LINK_START, LINK_BYTES, LINK_HEAD, linkAt, linkOfHash, putLink, type Link } from '#wire/link.ts'
import { isSame } from '#wire/prescan.ts'

/**
 * A node of a Merkle search tree (atproto.com/specs/repository) in memory. `subtrees` has one more than `keys`: the one
 * before each key, and the last.
 */
export interface TreeNode {
  readonly keys: string[]
  readonly values: Link[]
  readonly subtrees: (Subtree | undefined)[]
}

/** A subtree that came as a link, and is read when it is needed; or one that was made or changed here. */
export type Subtree = { readonly link: Link; node?: undefined } | { link?: undefined; readonly node: TreeNode }

/**
 * A node with more entries is refused. Four are usual; hundreds come only by keys chosen for it, and each costs
 * whenever the node is touched.
 */
export const NODE_ENTRIES_MAX = 512
/** `collection/rkey`, by the specification. */
const KEY_CHARACTERS_MAX = 1_024
const KEY = /^[A-Za-z0-9._~:-]+\/[A-Za-z0-9._~:-]+$/

/** How many zeros a key's hash begins with, in pairs of bits: the level at which it stands. */
export function keyHeight(key: string): number {
  const digest = hash('sha256', key, 'buffer')
  let height = 0
  for (const byte of digest) {
    if (byte === 0) {
      height += 4
      continue
    }
    if (byte < 4) height += 3
    else if (byte < 16) height += 2
    else if (byte < 64) height += 1
    break
  }
  return height
}

/**
 * Reads a node from its DAG-CBOR, byte by byte: `{ e: [{ k, p, t, v }], l }` in the one form that the encoding allows.
 * Anything else is malformed, and undefined. Nothing is trusted but that the bytes are there.
 */
export function readNode(source: Uint8Array): TreeNode | undefined {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  const reader = new NodeReader(bytes)
  const node: TreeNode = { keys: [], values: [], subtrees: [] }
  if (!reader.expect(0xa2, 0x61, 0x65)) return undefined
  const count = reader.length(4)
  if (count === undefined || count > NODE_ENTRIES_MAX) return undefined
  let before = ''
  for (let index = 0; index < count; index++) {
    if (!reader.expect(0xa4, 0x61, 0x6b)) return undefined
    const suffix = reader.text()
    if (suffix === undefined || !reader.expect(0x61, 0x70)) return undefined
    const shared = reader.length(0)
    if (shared === undefined || shared > before.length) return undefined
    // The prefix must be as long as it can be, or one tree would have several encodings.
    if (shared < before.length && before[shared] === suffix[0]) return undefined
    const key = before.slice(0, shared) + suffix
    if (key <= before || key.length > KEY_CHARACTERS_MAX || !KEY.test(key)) return undefined
    if (!reader.expect(0x61, 0x74)) return undefined
    const after = reader.maybeLink()
    if (after === undefined || !reader.expect(0x61, 0x76)) return undefined
    const value = reader.maybeLink()
    if (!value) return undefined
    node.keys.push(key)
    node.values.push(value)
    node.subtrees.push(after === null ? undefined : { link: after })
    before = key
  }
  if (!reader.expect(0x61, 0x6c)) return undefined
  const first = reader.maybeLink()
  if (first === undefined || !reader.isAtEnd()) return undefined
  node.subtrees.unshift(first === null ? undefined : { link: first })
  return node
}

class NodeReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  expect(...wanted: readonly number[]): boolean {
    for (const byte of wanted) if (this.#bytes[this.#at++] !== byte) return false
    return true
  }

  /** The argument of an item of a major type, up to 65,535, in its shortest form. */
  length(major: number): number | undefined {
    const bytes = this.#bytes
    const initial = bytes[this.#at++]
    if (initial === undefined || initial >> 5 !== major) return undefined
    const info = initial & 0x1f
    if (info < 24) return info
    if (info === 24) {
      const value = bytes[this.#at++]
      return value !== undefined && value >= 24 ? value : undefined
    }
    if (info !== 25 || this.#at + 2 > bytes.length) return undefined
    const value = bytes.readUInt16BE(this.#at)
    this.#at += 2
    return value > 0xff ? value : undefined
  }

  /** A byte string, one character a byte. */
  text(): string | undefined {
    const length = this.length(2)
    if (length === undefined || length === 0 || this.#at + length > this.#bytes.length) return undefined
    const text = this.#bytes.toString('latin1', this.#at, this.#at + length)
    this.#at += length
    return text
  }

  /** Null for a null; undefined for anything but null and a link. */
  maybeLink(): Link | null | undefined {
    const bytes = this.#bytes
    const at = this.#at
    if (bytes[at] === 0xf6) {
      this.#at++
      return null
    }
    const begin = at + LINK_HEAD.length
    if (begin + LINK_BYTES > bytes.length) return undefined
    if (!isSame(bytes, at, CBOR_LINK_START)) return undefined
    this.#at = begin + LINK_BYTES
    return linkAt(bytes, begin)
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }
}

/** One buffer for all: a node is written, hashed and forgotten before the next one is. */
let scratch = Buffer.allocUnsafe(64 * 1_024)
/** A key's suffix of at most 1,024, two links, and what stands between them. */
const ENTRY_BYTES_MAX = KEY_CHARACTERS_MAX + 2 * (LINK_HEAD.length + LINK_BYTES) + 24

/** The link of a node, by writing it down; `linkTo` gives those of its subtrees. */
export function linkOfNode(node: TreeNode, linkTo: (subtree: Subtree) => Link): Link {
  const { keys, values, subtrees } = node
  // Its subtrees first: they use the same buffer.
  const links = subtrees.map((subtree) => (subtree ? linkTo(subtree) : undefined))
  const need = (keys.length + 1) * ENTRY_BYTES_MAX
  if (scratch.length < need) scratch = Buffer.allocUnsafe(need)
  const bytes = scratch
  let at = 0

  function head(major: number, value: number): void {
    if (value < 24) bytes[at++] = (major << 5) | value
    else if (value < 256) {
      bytes[at++] = (major << 5) | 24
      bytes[at++] = value
    } else {
      bytes[at++] = (major << 5) | 25
      at = bytes.writeUInt16BE(value, at)
    }
  }
  function name(code: number): void {
    bytes[at++] = 0x61
    bytes[at++] = code
  }
  function link(target: Link | undefined): void {
    if (target === undefined) {
      bytes[at++] = 0xf6
      return
    }
    at += LINK_HEAD.copy(bytes, at)
    at = putLink(bytes, at, target)
  }

  bytes[at++] = 0xa2
  name(0x65)
  head(4, keys.length)
  let before = ''
  for (const [index, key] of keys.entries()) {
    const shared = sharedPrefix(before, key)
    bytes[at++] = 0xa4
    name(0x6b)
    head(2, key.length - shared)
    at += bytes.write(key.slice(shared), at, 'latin1')
    name(0x70)
    head(0, shared)
    name(0x74)
    link(links[index + 1])
    name(0x76)
    link(values[index])
    before = key
  }
  name(0x6c)
  link(links[0])
  return linkOfHash(hash('sha256', bytes.subarray(0, at), 'binary'))
}

function sharedPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
