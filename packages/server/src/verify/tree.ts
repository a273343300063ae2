import { assert, ok, type Cid, type Result } from '@waypost/kernel'
import type { FrameOp } from '#wire/frame.ts'
import { cidOf, isToCbor, linkOf, type Link } from '#wire/link.ts'
import { fault, type Blocks, type Fault } from '#verify/blocks.ts'
import { keyHeight, linkOfNode, NODE_ENTRIES_MAX, readNode, type Subtree, type TreeNode } from '#verify/tree-node.ts'

/*
 * The tree of a repository (a Merkle search tree, atproto.com/specs/repository), as far as a commit shows it.
 * In: the nodes that came with the commit, and its ops. Out: the tree before the ops, or why there is none.
 * Only the nodes on the way to an op are read, and each that changes is written and hashed once, at the end.
 */

/** A repository's tree that holds nothing. */
export const EMPTY_TREE: Link = linkOf('bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm')

/** A deeper tree is refused: key heights halve their odds fourfold per level, so 64 needs 2^128 hashes. */
const TREE_DEPTH_MAX = 64
/** A repository with more records is refused. */
const TREE_ENTRIES_MAX = 2_000_000

/** Carries a fault out of the recursion; never leaves this file. */
class TreeFault extends Error {
  readonly fault: Fault
  constructor(reason: Fault['reason'], detail: string) {
    super(detail)
    this.fault = { reason, detail }
  }
}

/** A tree that is read as far as it is needed, and changed in memory. */
class PartialTree {
  readonly #blocks: Blocks
  #root: Subtree | undefined
  /** The level of the root; keys of that height stand in it. */
  #level: number

  constructor(blocks: Blocks, root: Link) {
    this.#blocks = blocks
    this.#root = { link: root }
    const node = this.#read(this.#root)
    const [first] = node.keys
    if (first === undefined && node.subtrees[0]) throw new TreeFault('car-malformed', 'top node without entries')
    this.#level = first === undefined ? 0 : keyHeight(first)
    if (first === undefined) this.#root = undefined
  }

  /** What stands at a path. */
  find(key: string): Link | undefined {
    let subtree = this.#root
    for (let level = this.#level; subtree; level--) {
      isAbove(level)
      const node: TreeNode = this.#read(subtree)
      const index = lowerBound(node.keys, key)
      if (node.keys[index] === key) {
        if (keyHeight(key) !== level) throw new TreeFault('car-malformed', 'key on a level that is not its own')
        return node.values[index]
      }
      subtree = node.subtrees[index]
    }
    return undefined
  }

  /** Puts another value where there is one. */
  replace(key: string, value: Link): void {
    this.#root = this.#change(this.#root, key, (node, index) => void (node.values[index] = value))
  }

  /** Takes out what is there; what stood on its two sides becomes one. */
  remove(key: string): void {
    const below = keyHeight(key) - 1
    const root = this.#change(this.#root, key, (node, index) => {
      const merged = this.#merge(node.subtrees[index], node.subtrees[index + 1], below)
      node.keys.splice(index, 1)
      node.values.splice(index, 1)
      node.subtrees.splice(index, 2, merged)
    })
    this.#root = root
    this.#trim()
  }

  /** Puts in what is not there. */
  insert(key: string, value: Link): void {
    const height = keyHeight(key)
    if (!this.#root) {
      this.#root = { node: { keys: [key], values: [value], subtrees: [undefined, undefined] } }
      this.#level = height
      return
    }
    if (height > this.#level) {
      const [left, right] = this.#split(this.#root, key, this.#level)
      const rise = (subtree: Subtree | undefined) => raised(subtree, height - this.#level - 1)
      this.#root = { node: { keys: [key], values: [value], subtrees: [rise(left), rise(right)] } }
      this.#level = height
      return
    }
    this.#root = this.#insertBelow(this.#root, this.#level, { key, value, height })
  }

  /** The link of the whole, as it is now. */
  link(): Link {
    if (!this.#root) return linkOfNode({ keys: [], values: [], subtrees: [undefined] }, unreachable)
    return linkTo(this.#root)
  }

  #insertBelow(
    subtree: Subtree | undefined,
    level: number,
    entry: { readonly key: string; readonly value: Link; readonly height: number },
  ): Subtree {
    const { key, value, height } = entry
    const old = subtree ? this.#read(subtree) : { keys: [], values: [], subtrees: [undefined] }
    const node = copyOf(old)
    const index = lowerBound(node.keys, key)
    if (level === height) {
      const [left, right] = this.#split(node.subtrees[index], key, level - 1)
      node.keys.splice(index, 0, key)
      node.values.splice(index, 0, value)
      node.subtrees.splice(index, 1, left, right)
    } else {
      assert(level > height, 'a key is put in at its own level')
      node.subtrees[index] = this.#insertBelow(node.subtrees[index], level - 1, entry)
    }
    return { node }
  }

  /** Applies a change where a key stands, and hands the changed nodes back up. */
  #change(
    subtree: Subtree | undefined,
    key: string,
    act: (node: TreeNode, index: number) => void,
  ): Subtree | undefined {
    // Every key was found before the first was changed: one goes astray only where keys don't rise across nodes.
    if (!subtree) throw new TreeFault('car-malformed', 'keys out of order')
    const node = copyOf(this.#read(subtree))
    const index = lowerBound(node.keys, key)
    if (node.keys[index] === key) act(node, index)
    else node.subtrees[index] = this.#change(node.subtrees[index], key, act)
    return isVoid(node) ? undefined : { node }
  }

  /** Two neighbours on one level as one: the last subtree of the left and the first of the right meet in the same way. */
  #merge(left: Subtree | undefined, right: Subtree | undefined, level: number): Subtree | undefined {
    if (!left || !right) return left ?? right
    isAbove(level)
    const [a, b] = [this.#read(left), this.#read(right)]
    if (a.keys.length + b.keys.length > NODE_ENTRIES_MAX) {
      throw new TreeFault('car-malformed', 'tree node of too many entries')
    }
    const middle = this.#merge(a.subtrees.at(-1), b.subtrees[0], level - 1)
    return {
      node: {
        keys: [...a.keys, ...b.keys],
        values: [...a.values, ...b.values],
        subtrees: [...a.subtrees.slice(0, -1), middle, ...b.subtrees.slice(1)],
      },
    }
  }

  /** What stands before a key and what stands after it; the key itself is not there. */
  #split(
    subtree: Subtree | undefined,
    key: string,
    level: number,
  ): readonly [Subtree | undefined, Subtree | undefined] {
    if (!subtree) return [undefined, undefined]
    isAbove(level)
    const { keys, values, subtrees } = this.#read(subtree)
    const index = lowerBound(keys, key)
    const [inner, outer] = this.#split(subtrees[index], key, level - 1)
    const left = {
      keys: keys.slice(0, index),
      values: values.slice(0, index),
      subtrees: [...subtrees.slice(0, index), inner],
    }
    const right = {
      keys: keys.slice(index),
      values: values.slice(index),
      subtrees: [outer, ...subtrees.slice(index + 1)],
    }
    return [isVoid(left) ? undefined : { node: left }, isVoid(right) ? undefined : { node: right }]
  }

  /** A root without a key of its own gives way to what is below it. */
  #trim(): void {
    while (this.#root) {
      const node = this.#read(this.#root)
      if (node.keys.length > 0) return
      this.#root = node.subtrees[0]
      this.#level--
    }
    this.#level = 0
  }

  #read(subtree: Subtree): TreeNode {
    return subtree.node ?? readLinked(this.#blocks, subtree.link)
  }
}

function readLinked(blocks: Blocks, link: Link): TreeNode {
  const bytes = blocks.byLink.get(link)
  if (!bytes) throw new TreeFault('block-missing', `tree node ${cidOf(link)}`)
  const node = readNode(bytes)
  if (!node) throw new TreeFault('car-malformed', 'tree node')
  return node
}

/** Every step down is a level down, so that no tree, however it was made, is deeper than its levels. */
function isAbove(level: number): void {
  if (level < 0) throw new TreeFault('car-malformed', 'subtree below the lowest level')
}

function linkTo(subtree: Subtree): Link {
  return subtree.link ?? linkOfNode(subtree.node, linkTo)
}

function unreachable(): never {
  throw new TreeFault('car-malformed', 'an empty node has no subtree')
}

/** A node holds its place above a subtree although it has no key of its own; only without both it is nothing. */
function isVoid({ keys, subtrees }: TreeNode): boolean {
  return keys.length === 0 && !subtrees[0]
}

/** The same so many levels higher, below nodes without keys. */
function raised(subtree: Subtree | undefined, levels: number): Subtree | undefined {
  let higher = subtree
  for (let level = 0; higher && level < levels; level++) {
    higher = { node: { keys: [], values: [], subtrees: [higher] } }
  }
  return higher
}

function copyOf({ keys, values, subtrees }: TreeNode): TreeNode {
  return { keys: [...keys], values: [...values], subtrees: [...subtrees] }
}

/** The index of the first key that is not before this one. Keys are ASCII, so the order of texts is that of bytes. */
function lowerBound(keys: readonly string[], key: string): number {
  let index = 0
  while (index < keys.length && keys[index]! < key) index++
  return index
}

/**
 * Holds the ops against the tree after them, then undoes them: what is left is the tree before them.
 * `root`: the signed commit's tree. Answers the tree before.
 * The method is Sync 1.1's inversion (atproto.com/specs/sync). The order does not matter, since the shape of the tree
 * depends on its content alone.
 */
export function invertOps(blocks: Blocks, root: Link, ops: readonly FrameOp[]): Result<Link, Fault> {
  try {
    if (!isToCbor(root)) return fault('car-malformed', 'the root of the tree is no node')
    const tree = new PartialTree(blocks, root)
    const seen = new Set<string>()
    for (const op of ops) {
      const { path, action, cid, prev } = op
      if (seen.has(path)) return fault('op-mismatch', 'a path appears twice')
      seen.add(path)
      if (!isWellFormed(op)) return fault('op-mismatch', `${action} with wrong cid or prev`)
      if ((cid !== undefined && !isToCbor(cid)) || (prev !== undefined && !isToCbor(prev))) {
        return fault('op-mismatch', `${action} with a CID of another kind`)
      }
      if (tree.find(path) !== cid) return fault('op-mismatch', `${action} does not agree with the tree`)
    }
    for (const { path, cid, prev } of ops) {
      if (prev === undefined) tree.remove(path)
      else if (cid === undefined) tree.insert(path, prev)
      else tree.replace(path, prev)
    }
    return ok(tree.link())
  } catch (error) {
    if (error instanceof TreeFault) return { ok: false, error: error.fault }
    throw error
  }
}

function isWellFormed({ action, cid, prev }: FrameOp): boolean {
  if (action === 'create') return cid !== undefined && prev === undefined
  if (action === 'update') return cid !== undefined && prev !== undefined
  return cid === undefined && prev !== undefined
}

export interface TreeEntry {
  readonly path: string
  readonly cid: Cid
}

/** Every entry of a whole tree, in order. Heights and the order of keys across nodes are held to the rules. */
export function readTree(blocks: Blocks, root: Link): Result<readonly TreeEntry[], Fault> {
  const entries: TreeEntry[] = []

  function walk(link: Link, above: number | undefined): void {
    const node = readLinked(blocks, link)
    const level = above === undefined ? topLevel(node) : above - 1
    if (level > TREE_DEPTH_MAX) throw new TreeFault('car-malformed', 'tree too deep')
    if (level <= 0 && node.subtrees.some(Boolean))
      throw new TreeFault('car-malformed', 'subtree below the lowest level')
    if (node.keys.some((key) => keyHeight(key) !== level)) throw new TreeFault('car-malformed', 'node height')
    for (const [index, subtree] of node.subtrees.entries()) {
      if (subtree?.link) walk(subtree.link, level)
      const path = node.keys[index]
      if (path === undefined) continue
      const before = entries.at(-1)
      if (before && before.path >= path) throw new TreeFault('car-malformed', 'keys out of order')
      if (entries.length >= TREE_ENTRIES_MAX) throw new TreeFault('car-malformed', 'too many records')
      entries.push({ path, cid: cidOf(node.values[index]!) })
    }
  }

  try {
    if (!isToCbor(root)) return fault('car-malformed', 'the root of the tree is no node')
    walk(root, undefined)
    return ok(entries)
  } catch (error) {
    if (error instanceof TreeFault) return { ok: false, error: error.fault }
    throw error
  }
}

function topLevel({ keys, subtrees }: TreeNode): number {
  if (keys[0] !== undefined) return keyHeight(keys[0])
  if (subtrees[0]) throw new TreeFault('car-malformed', 'top node without entries')
  return 0
}
