import { LINK_HEAD, linkAt, type Link } from '#wire/link.ts'
import { linkOfParts, linkOfPatched, readLayout, searchLayout, type NodeLayout } from '#verify/node-encoding.ts'

/** What stands below a node: a link until it is read, then the node. */
export type Subtree = Link | TreeNode

/** A node in pieces; `subtrees` has one more than `keys`: the one before each key, and the last. */
export interface OpenNode {
  readonly keys: string[]
  readonly values: Link[]
  readonly subtrees: (Subtree | undefined)[]
}

/** A node as it came, and the nodes below it that were read, by the index of the subtree. */
interface ClosedNode {
  readonly bytes: Buffer
  readonly link: Link
  readonly layout: NodeLayout
  readonly below: (TreeNode | undefined)[]
}

/**
 * A node of a Merkle search tree (atproto.com/specs/repository) in memory, which is changed in place. Most are only
 * passed on the way to a key: such a one stays closed, is searched in its bytes, and is written by putting the links
 * of what changed below it into a copy of them. One that changes itself is opened.
 */
export class TreeNode {
  #closed: ClosedNode | undefined
  #open: OpenNode | undefined

  private constructor(closed: ClosedNode | undefined, open: OpenNode | undefined) {
    this.#closed = closed
    this.#open = open
  }

  /** Undefined where the bytes are not a node's. That they hash to the link is known. */
  static read(bytes: Uint8Array, link: Link): TreeNode | undefined {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const layout = readLayout(buffer)
    return layout && new TreeNode({ bytes: buffer, link, layout, below: [] }, undefined)
  }

  static of(open: OpenNode): TreeNode {
    return new TreeNode(undefined, open)
  }

  /** The index of a key, or the complement (`~`) of that of the first key after it. */
  search(key: string): number {
    if (this.#closed) return searchLayout(this.#closed.bytes, this.#closed.layout, key)
    const { keys } = this.open()
    let index = 0
    // Keys are ASCII, so the order of texts is that of bytes.
    while (index < keys.length && keys[index]! < key) index++
    return keys[index] === key ? index : ~index
  }

  get keyCount(): number {
    return this.#closed ? this.#closed.layout.entries.length : this.open().keys.length
  }

  get firstKey(): string | undefined {
    if (!this.#closed) return this.open().keys[0]
    const [first] = this.#closed.layout.entries
    return first && this.#closed.bytes.toString('latin1', first.restAt, first.restEnd)
  }

  valueAt(index: number): Link {
    if (!this.#closed) return this.open().values[index]!
    return linkAt(this.#closed.bytes, this.#closed.layout.entries[index]!.valueAt + LINK_HEAD.length)
  }

  subtreeAt(index: number): Subtree | undefined {
    return this.#closed ? (this.#closed.below[index] ?? linkBelow(this.#closed, index)) : this.open().subtrees[index]
  }

  /** Remembers the node that a subtree's link led to. */
  keep(index: number, node: TreeNode): void {
    if (this.#closed) this.#closed.below[index] = node
    else this.open().subtrees[index] = node
  }

  /** A node holds its place above a subtree although it has no key of its own; only without both it is nothing. */
  get isVoid(): boolean {
    return this.keyCount === 0 && this.subtreeAt(0) === undefined
  }

  /** Its pieces, for changing them. */
  open(): OpenNode {
    this.#open ??= opened(this.#closed!)
    this.#closed = undefined
    return this.#open
  }

  /** Its link, as it is now. */
  link(): Link {
    if (this.#closed) return linkOfClosed(this.#closed)
    const { keys, values, subtrees } = this.open()
    // The links below come first: writing them uses the same buffer.
    return linkOfParts({ keys, values, subtrees: subtrees.map(linkOfSubtree) })
  }
}

function linkOfSubtree(subtree: Subtree | undefined): Link | undefined {
  return subtree instanceof TreeNode ? subtree.link() : subtree
}

function linkOfClosed(closed: ClosedNode): Link {
  const { bytes, link, layout, below } = closed
  const patches: [at: number, link: Link][] = []
  for (let index = 0; index < below.length; index++) {
    const now = below[index]?.link()
    if (now !== undefined && now !== linkBelow(closed, index)) patches.push([offsetBelow(layout, index), now])
  }
  return patches.length === 0 ? link : linkOfPatched(bytes, patches)
}

function offsetBelow({ firstAt, entries }: NodeLayout, index: number): number {
  return index === 0 ? firstAt : entries[index - 1]!.subtreeAt
}

function linkBelow({ bytes, layout }: ClosedNode, index: number): Link | undefined {
  const at = offsetBelow(layout, index)
  return bytes[at] === LINK_HEAD[0] ? linkAt(bytes, at + LINK_HEAD.length) : undefined
}

function opened(closed: ClosedNode): OpenNode {
  const { bytes, layout, below } = closed
  const open: OpenNode = { keys: [], values: [], subtrees: [below[0] ?? linkBelow(closed, 0)] }
  let before = ''
  for (const [index, { shared, restAt, restEnd, valueAt }] of layout.entries.entries()) {
    before = before.slice(0, shared) + bytes.toString('latin1', restAt, restEnd)
    open.keys.push(before)
    open.values.push(linkAt(bytes, valueAt + LINK_HEAD.length))
    open.subtrees.push(below[index + 1] ?? linkBelow(closed, index + 1))
  }
  return open
}
