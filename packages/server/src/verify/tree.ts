import { setImmediate as letOthers } from 'node:timers/promises'
import { MSTNode, MemoryBlockStore, MissingBlockError, NodeStore, NodeWrangler } from '@atcute/mst'
import { fromString, toCidLink } from '@atcute/cid'
import { ok, type Cid, type Result } from '@waypost/kernel'
import { prescan } from '#wire/prescan.ts'
import type { FrameOp } from '#wire/frame.ts'
import { fault, reasonOf, type Blocks, type Fault } from '#verify/blocks.ts'

/** The CID of a repository's tree (a Merkle search tree, atproto.com/specs/repository) that holds nothing. */
export const EMPTY_TREE: Cid = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'

/**
 * A node with more entries is refused. Four are usual; hundreds come only by keys chosen for it, and each costs a
 * hash whenever the node is touched.
 */
const NODE_ENTRIES_MAX = 512
/** A deeper tree is refused: key heights halve their odds fourfold per level, so 64 needs 2^128 hashes. */
const TREE_DEPTH_MAX = 64
/** A repository with more records is refused. */
const TREE_ENTRIES_MAX = 2_000_000
/** After this many nodes of a whole tree others have a turn. */
const NODES_PER_TURN = 200

/** Carries a fault out of the tree package's calls; never leaves this file. */
class TreeFault extends Error {
  readonly fault: Fault
  constructor(reason: Fault['reason'], detail: string) {
    super(detail)
    this.fault = { reason, detail }
  }
}

/** The nodes that came with the commit, each looked over before it is decoded, and those that undoing the ops makes. */
class CheckedNodes extends NodeStore {
  readonly #blocks: Blocks
  readonly #nodes = new Map<Cid | null, MSTNode>()

  constructor(blocks: Blocks) {
    super(new MemoryBlockStore())
    this.#blocks = blocks
  }

  override async get(cid: Cid | null): Promise<MSTNode> {
    let node = this.#nodes.get(cid)
    if (!node) {
      node = cid === null ? MSTNode.empty() : await this.#load(cid)
      this.#nodes.set(cid, node)
    }
    return node
  }

  override async put(node: MSTNode): Promise<MSTNode> {
    this.#nodes.set((await node.cid()).$link, node)
    return node
  }

  async #load(cid: Cid): Promise<MSTNode> {
    const bytes = this.#blocks.get(cid)
    if (!bytes) throw new TreeFault('block-missing', `tree node ${cid}`)
    const end = prescan(bytes)
    if (!end.ok) throw new TreeFault(reasonOf(end.error), `tree node: ${end.error}`)
    const node = await MSTNode.deserialize(bytes)
    if (node.keys.length > NODE_ENTRIES_MAX) throw new TreeFault('car-malformed', 'too many entries in a tree node')
    // The package keeps a node's own bytes here, but not in its types; without them it would encode the node again.
    return Object.assign(node, { _bytes: bytes })
  }
}

/**
 * Holds the ops against the tree after them, then undoes them: what is left is the tree before them.
 * `root`: the signed commit's tree. Answers the CID of the tree before.
 * The method is Sync 1.1's inversion (atproto.com/specs/sync): deletes last put back first do not matter, since the
 * shape of the tree depends on its content alone.
 */
export async function invertOps(blocks: Blocks, root: Cid, ops: readonly FrameOp[]): Promise<Result<Cid, Fault>> {
  try {
    const nodes = new CheckedNodes(blocks)
    const wrangler = new NodeWrangler(nodes)
    const seen = new Set<string>()
    for (const op of ops) {
      if (seen.has(op.path)) return fault('op-mismatch', 'a path appears twice')
      seen.add(op.path)
      if (!isWellFormed(op)) return fault('op-mismatch', `${op.action} with wrong cid or prev`)
      const found = await find(nodes, root, op.path)
      if (found !== op.cid) return fault('op-mismatch', `${op.action} does not agree with the tree`)
    }
    let before: Cid = root
    // In the order of their paths, so that equal frames take equal ways whatever the order of their ops.
    for (const op of ops.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
      before =
        op.prev === undefined
          ? await wrangler.deleteRecord(before, op.path)
          : await wrangler.putRecord(before, op.path, toCidLink(fromString(op.prev)))
    }
    return ok(before)
  } catch (error) {
    return faultOf(error)
  }
}

function isWellFormed({ action, cid, prev }: FrameOp): boolean {
  if (action === 'create') return cid !== undefined && prev === undefined
  if (action === 'update') return cid !== undefined && prev !== undefined
  return cid === undefined && prev !== undefined
}

/** What stands at a path; undefined where nothing does. */
async function find(nodes: NodeStore, root: Cid, path: string): Promise<Cid | undefined> {
  let next: Cid | undefined = root
  for (let depth = 0; next !== undefined; depth++) {
    if (depth > TREE_DEPTH_MAX) throw new TreeFault('car-malformed', 'tree too deep')
    const node: MSTNode = await nodes.get(next)
    const index = node.lowerBound(path)
    if (node.keys[index] === path) return node.values[index]!.$link
    next = node.subtrees[index]?.$link
  }
  return undefined
}

export interface TreeEntry {
  readonly path: string
  readonly cid: Cid
}

/** Every entry of a whole tree, in order. Heights and the order of keys across nodes are held to the rules. */
export async function readTree(blocks: Blocks, root: Cid): Promise<Result<readonly TreeEntry[], Fault>> {
  const nodes = new CheckedNodes(blocks)
  const entries: TreeEntry[] = []
  let visited = 0

  async function walk(cid: Cid, height: number | undefined, depth: number): Promise<void> {
    if (depth > TREE_DEPTH_MAX) throw new TreeFault('car-malformed', 'tree too deep')
    const node = await nodes.get(cid)
    if (++visited % NODES_PER_TURN === 0) await letOthers()
    const own = await node.height()
    if (own !== null && height !== undefined && own !== height) throw new TreeFault('car-malformed', 'node height')
    if (own === null && height === undefined) throw new TreeFault('car-malformed', 'top node without entries')
    const level = height ?? own!
    if (level <= 0 && node.subtrees.some((subtree) => subtree !== null)) {
      throw new TreeFault('car-malformed', 'subtree below the lowest level')
    }
    for (const [index, subtree] of node.subtrees.entries()) {
      if (subtree) await walk(subtree.$link, level - 1, depth + 1)
      const path = node.keys[index]
      if (path === undefined) continue
      const before = entries.at(-1)
      if (before && before.path >= path) throw new TreeFault('car-malformed', 'keys out of order')
      if (entries.length >= TREE_ENTRIES_MAX) throw new TreeFault('car-malformed', 'too many records')
      entries.push({ path, cid: node.values[index]!.$link })
    }
  }

  try {
    await walk(root, undefined, 0)
    return ok(entries)
  } catch (error) {
    return faultOf(error)
  }
}

/** The tree package says by throwing that a node is malformed; anything unexpected counts as that too. */
function faultOf(error: unknown): { readonly ok: false; readonly error: Fault } {
  if (error instanceof TreeFault) return { ok: false, error: error.fault }
  if (error instanceof MissingBlockError) return fault('block-missing', error.message)
  return fault('car-malformed', error instanceof Error ? error.message : String(error))
}
