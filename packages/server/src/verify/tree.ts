import { ok, type Cid, type Result } from '@waypost/kernel'
import type { FrameOp } from '#wire/frame.ts'
import { cidOf, isToCbor, linkOf, type Link } from '#wire/link.ts'
import { fault, type Blocks, type Fault } from '#verify/blocks.ts'
import { keyHeight, NODE_ENTRIES_MAX } from '#verify/node-encoding.ts'
import { TreeNode, type Subtree } from '#verify/tree-node.ts'

/*
 * The tree of a repository (a Merkle search tree, atproto.com/specs/repository), as far as a commit shows it.
 * In: the nodes that came with the commit, and its ops. Out: the tree before the ops, or why there is none.
 * Only the nodes on the way to an op are read, each once, and each that changes is written and hashed once, at the end.
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

/** What is done where a key stands: the node, the key's index in it, and the node's level. */
type Change = (node: TreeNode, index: number, level: number) => void

/** A tree that is read as far as it is needed, and changed in memory. */
class PartialTree {
  readonly #blocks: Blocks
  readonly #seen = new Set<Link>()
  #root: TreeNode | undefined
  /** The level of the root; keys of that height stand in it. */
  #level: number

  constructor(blocks: Blocks, root: Link) {
    this.#blocks = blocks
    const node = this.#read(root)
    this.#level = topLevel(node)
    this.#root = node.isVoid ? undefined : node
  }

  /** What stands at a path. */
  find(key: string): Link | undefined {
    let node = this.#root
    for (let level = this.#level; node; level--) {
      const index = node.search(key)
      if (index >= 0) {
        if (keyHeight(key) !== level) throw new TreeFault('car-malformed', 'key on a level that is not its own')
        return node.valueAt(index)
      }
      node = this.#below(node, ~index, level)
    }
    return undefined
  }

  /** Puts another value where there is one. */
  replace(key: string, value: Link): void {
    this.#change(this.#root, key, this.#level, (node, index) => void (node.open().values[index] = value))
  }

  /** Takes out what is there; what stood on its two sides becomes one. */
  remove(key: string): void {
    this.#change(this.#root, key, this.#level, (node, index, level) => {
      const { keys, values, subtrees } = node.open()
      const merged = this.#merge(subtrees[index], subtrees[index + 1], level - 1)
      keys.splice(index, 1)
      values.splice(index, 1)
      subtrees.splice(index, 2, merged)
    })
    this.#trim()
  }

  /** Puts in what is not there. */
  insert(key: string, value: Link): void {
    const height = keyHeight(key)
    if (!this.#root || height > this.#level) {
      const [left, right] = this.#split(this.#root, key, this.#level)
      const rise = (subtree: Subtree | undefined) => raised(subtree, height - this.#level - 1)
      this.#root = TreeNode.of({ keys: [key], values: [value], subtrees: [rise(left), rise(right)] })
      this.#level = height
      return
    }
    let node = this.#root
    for (let level = this.#level; level > height; level--) {
      const index = lowerBound(node, key)
      let next = this.#below(node, index, level)
      if (!next) {
        next = TreeNode.of({ keys: [], values: [], subtrees: [undefined] })
        node.open().subtrees[index] = next
      }
      node = next
    }
    const index = lowerBound(node, key)
    const { keys, values, subtrees } = node.open()
    const [left, right] = this.#split(subtrees[index], key, height - 1)
    keys.splice(index, 0, key)
    values.splice(index, 0, value)
    subtrees.splice(index, 1, left, right)
  }

  /** The link of the whole, as it is now. */
  link(): Link {
    return this.#root ? this.#root.link() : EMPTY_TREE
  }

  /** Applies a change where a key stands; a node that is nothing after it is taken from the one above. */
  #change(node: TreeNode | undefined, key: string, level: number, change: Change): void {
    // Every key was found before the first was changed: one goes astray only where keys don't rise across nodes.
    if (!node) throw new TreeFault('car-malformed', 'keys out of order')
    const index = node.search(key)
    if (index >= 0) {
      change(node, index, level)
      return
    }
    const next = this.#below(node, ~index, level)
    this.#change(next, key, level - 1, change)
    if (next?.isVoid) node.open().subtrees[~index] = undefined
  }

  /** Two neighbours on one level as one: the last subtree of the left and the first of the right meet in the same way. */
  #merge(left: Subtree | undefined, right: Subtree | undefined, level: number): Subtree | undefined {
    if (left === undefined || right === undefined) return left ?? right
    isAbove(level)
    const [merged, other] = [this.#read(left), this.#read(right)]
    const [a, b] = [merged.open(), other.open()]
    if (a.keys.length + b.keys.length > NODE_ENTRIES_MAX) {
      throw new TreeFault('car-malformed', 'tree node of too many entries')
    }
    const middle = this.#merge(a.subtrees.pop(), b.subtrees.shift(), level - 1)
    a.keys.push(...b.keys)
    a.values.push(...b.values)
    a.subtrees.push(middle, ...b.subtrees)
    return merged
  }

  /** What stands before a key and what stands after it; the key itself is not there. */
  #split(
    subtree: Subtree | undefined,
    key: string,
    level: number,
  ): readonly [Subtree | undefined, Subtree | undefined] {
    if (subtree === undefined) return [undefined, undefined]
    isAbove(level)
    const node = this.#read(subtree)
    const index = lowerBound(node, key)
    const { keys, values, subtrees } = node.open()
    const [inner, outer] = this.#split(subtrees[index], key, level - 1)
    const left = TreeNode.of({
      keys: keys.slice(0, index),
      values: values.slice(0, index),
      subtrees: [...subtrees.slice(0, index), inner],
    })
    const right = TreeNode.of({
      keys: keys.slice(index),
      values: values.slice(index),
      subtrees: [outer, ...subtrees.slice(index + 1)],
    })
    return [left.isVoid ? undefined : left, right.isVoid ? undefined : right]
  }

  /** A root without a key of its own gives way to what is below it. */
  #trim(): void {
    while (this.#root?.keyCount === 0) {
      const below = this.#root.subtreeAt(0)
      this.#root = below === undefined ? undefined : this.#read(below)
      this.#level--
    }
    if (!this.#root) this.#level = 0
  }

  /** The node below a node of this level, which remembers it; undefined where there is none. */
  #below(node: TreeNode, index: number, level: number): TreeNode | undefined {
    const subtree = node.subtreeAt(index)
    if (subtree === undefined) return undefined
    isAbove(level - 1)
    if (subtree instanceof TreeNode) return subtree
    const read = this.#read(subtree)
    node.keep(index, read)
    return read
  }

  /** Reads no node twice: one that stands in two places has its keys there twice, and makes us work at no cost. */
  #read(subtree: Subtree): TreeNode {
    if (subtree instanceof TreeNode) return subtree
    if (this.#seen.has(subtree)) throw new TreeFault('car-malformed', 'tree node in two places')
    this.#seen.add(subtree)
    return readLinked(this.#blocks, subtree)
  }
}

function readLinked({ byLink }: Blocks, link: Link): TreeNode {
  const bytes = byLink.get(link)
  if (!bytes) throw new TreeFault('block-missing', `tree node ${cidOf(link)}`)
  const node = TreeNode.read(bytes, link)
  if (!node) throw new TreeFault('car-malformed', 'tree node')
  return node
}

/** Every step down is a level down, so that no tree, however it was made, is deeper than its levels. */
function isAbove(level: number): void {
  if (level < 0) throw new TreeFault('car-malformed', 'subtree below the lowest level')
}

function topLevel(node: TreeNode): number {
  if (node.firstKey !== undefined) return keyHeight(node.firstKey)
  if (!node.isVoid) throw new TreeFault('car-malformed', 'top node without entries')
  return 0
}

/** The same so many levels higher, below nodes without keys. */
function raised(subtree: Subtree | undefined, levels: number): Subtree | undefined {
  let higher = subtree
  for (let level = 0; higher !== undefined && level < levels; level++) {
    higher = TreeNode.of({ keys: [], values: [], subtrees: [higher] })
  }
  return higher
}

/** The index of the first key that is not before this one. */
function lowerBound(node: TreeNode, key: string): number {
  const index = node.search(key)
  return index < 0 ? ~index : index
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
    const { keys, values, subtrees } = node.open()
    if (level > TREE_DEPTH_MAX) throw new TreeFault('car-malformed', 'tree too deep')
    if (level <= 0 && subtrees.some((subtree) => subtree !== undefined))
      throw new TreeFault('car-malformed', 'subtree below the lowest level')
    if (above !== undefined && node.isVoid) throw new TreeFault('car-malformed', 'empty node')
    if (keys.some((key) => keyHeight(key) !== level)) throw new TreeFault('car-malformed', 'node height')
    for (const [index, subtree] of subtrees.entries()) {
      if (subtree !== undefined && !(subtree instanceof TreeNode)) walk(subtree, level)
      const path = keys[index]
      if (path === undefined) continue
      const before = entries.at(-1)
      if (before && before.path >= path) throw new TreeFault('car-malformed', 'keys out of order')
      if (entries.length >= TREE_ENTRIES_MAX) throw new TreeFault('car-malformed', 'too many records')
      entries.push({ path, cid: cidOf(values[index]!) })
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
