import { hash } from 'node:crypto'
import * as CBOR from '@atcute/cbor'
import { fromDigest, toCidLink, type CidLink } from '@atcute/cid'
import { MSTNode, MemoryBlockStore, NodeStore, NodeWrangler } from '@atcute/mst'
import { assert, tidFrom, tidMicros, type Cid, type Clock, type Did, type Tid } from '@waypost/kernel'
import { encodeCar, type Block } from './car.ts'
import type { SigningKey } from './key.ts'

/**
 * A person's repository in memory.
 * In: writes. Out: genuine signed commits, each with exactly the blocks that the protocol's record-level
 * synchronization ("Sync 1.1") wants, and the whole repository as a CAR at any moment.
 * Promise: the same did, key, clock and writes give the same bytes.
 */
export interface SignedRepo {
  readonly did: Did
  /** Of the key that signs. */
  readonly curve: SigningKey['curve']
  /** The newest commit; undefined before the first. */
  readonly head: RepoState | undefined
  readonly recordCount: number
  /** Those that hold a record, in order. */
  readonly collections: readonly string[]
  /** What stands at `collection/rkey`; undefined where nothing does. */
  recordCid(path: string): Cid | undefined
  /** Signs the next commit and makes it the head. Calls run one after the other. */
  commit(writes: readonly RepoWrite[], options?: CommitOptions): Promise<SignedCommit>
  /**
   * The commit that `commit` would make, without making it: for showing to others what never came to be.
   * `isLate`: its rev is the one asked for, although the head's is past it.
   */
  draft(writes: readonly RepoWrite[], options?: CommitOptions & { readonly isLate?: boolean }): Promise<SignedCommit>
  /** The whole repository as `getRepo` serves it, at the present head. There must be one. */
  car(): Uint8Array<ArrayBuffer>
  /** A CAR of the signed commit alone, as `#sync` carries it. There must be one. */
  headCar(): Uint8Array<ArrayBuffer>
}

export interface RepoWrite {
  readonly action: 'create' | 'update' | 'delete'
  readonly collection: string
  readonly rkey: string
  /** Without it only a delete makes sense. */
  readonly record?: object
}

export interface CommitOptions {
  /** Microseconds since 1970 for the rev; moved on where that would not be past the last rev. */
  readonly at?: number
}

export interface RepoState {
  readonly rev: Tid
  readonly commit: Cid
  readonly data: Cid
}

export interface SignedCommit extends RepoState {
  readonly did: Did
  /** The rev before, and the tree before; null for the first commit. */
  readonly since: Tid | null
  readonly prevData: Cid | null
  readonly ops: readonly SignedOp[]
  /** A CAR: the signed commit, the tree nodes that prove the ops and their undoing, the new records. */
  readonly blocks: Uint8Array<ArrayBuffer>
}

export interface SignedOp {
  readonly action: 'create' | 'update' | 'delete'
  readonly path: string
  /** What stands there after the commit; null after a delete. */
  readonly cid: Cid | null
  /** What stood there before; null before a create. */
  readonly prev: Cid | null
}

/** A commit with what it takes to make it the head. */
interface Prepared {
  readonly commit: SignedCommit
  readonly commitBlock: Block
  readonly changed: ReadonlyMap<string, Block | null>
}

/** Dead tree nodes are dropped once there are as many as living ones, and at least this many. */
const DEAD_NODES_MIN = 256

export function createSignedRepo(options: {
  readonly did: Did
  readonly key: SigningKey
  readonly clock: Clock
  /** 0 to 1,023, the last part of every rev. */
  readonly clockId?: number
}): SignedRepo {
  return new MemoryRepo(options)
}

class MemoryRepo implements SignedRepo {
  readonly did: Did
  readonly #key: SigningKey
  readonly #clock: Clock
  readonly #clockId: number
  readonly #tree = new LiveNodes()
  readonly #wrangler = new NodeWrangler(this.#tree)
  readonly #records = new Map<string, Block>()
  #head: RepoState | undefined
  #headBlock: Block | undefined
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: Parameters<typeof createSignedRepo>[0]) {
    this.did = options.did
    this.#key = options.key
    this.#clock = options.clock
    this.#clockId = options.clockId ?? 0
  }

  get curve(): SigningKey['curve'] {
    return this.#key.curve
  }

  get head(): RepoState | undefined {
    return this.#head
  }

  get recordCount(): number {
    return this.#records.size
  }

  get collections(): readonly string[] {
    return [...new Set([...this.#records.keys()].map((path) => path.slice(0, path.indexOf('/'))))].toSorted()
  }

  recordCid(path: string): Cid | undefined {
    return this.#records.get(path)?.cid.$link
  }

  commit(writes: readonly RepoWrite[], options: CommitOptions = {}): Promise<SignedCommit> {
    return this.#inTurn(async () => this.#apply(await this.#prepare(writes, options)))
  }

  draft(writes: readonly RepoWrite[], options: Parameters<SignedRepo['draft']>[1] = {}): Promise<SignedCommit> {
    return this.#inTurn(async () => (await this.#prepare(writes, options)).commit)
  }

  car(): Uint8Array<ArrayBuffer> {
    assert(this.#head && this.#headBlock, 'a repository has a first commit')
    const blocks = wholeTree(this.#headBlock, this.#tree, this.#head.data, this.#records)
    return encodeCar(this.#headBlock.cid, distinct(blocks))
  }

  headCar(): Uint8Array<ArrayBuffer> {
    assert(this.#headBlock, 'a repository has a first commit')
    return encodeCar(this.#headBlock.cid, [this.#headBlock])
  }

  async #prepare(
    writes: readonly RepoWrite[],
    { at, isLate = false }: CommitOptions & { readonly isLate?: boolean },
  ): Promise<Prepared> {
    const ops: SignedOp[] = []
    const changed = new Map<string, Block | null>()
    let root: string = this.#head?.data ?? (await this.#tree.emptyRoot())
    for (const write of writes) {
      const path = `${write.collection}/${write.rkey}`
      assert(!changed.has(path), 'one commit touches a path once')
      const prev = this.#records.get(path)
      assert((write.action === 'create') === !prev, `${write.action} fits what is there`)
      if (write.action === 'delete') {
        root = await this.#wrangler.deleteRecord(root, path)
        changed.set(path, null)
      } else {
        assert(write.record, 'a create or update has a record')
        const block = blockOf(write.record)
        root = await this.#wrangler.putRecord(root, path, block.cid)
        changed.set(path, block)
      }
      ops.push({ action: write.action, path, cid: changed.get(path)?.cid.$link ?? null, prev: prev?.cid.$link ?? null })
    }
    const rev = isLate && at !== undefined ? tidFrom(at, this.#clockId) : this.#nextRev(at)
    const commitBlock = await this.#sign(root, rev)
    const leaves = [...changed.values()].filter((block) => block !== null)
    const nodes = this.#tree.covering(root, changed.keys())
    const commit: SignedCommit = {
      did: this.did,
      rev,
      since: this.#head?.rev ?? null,
      commit: commitBlock.cid.$link,
      data: root,
      prevData: this.#head?.data ?? null,
      ops,
      blocks: encodeCar(commitBlock.cid, distinct([commitBlock, ...nodes, ...leaves])),
    }
    return { commit, commitBlock, changed }
  }

  #nextRev(at: number | undefined): Tid {
    const micros = Math.floor(at ?? this.#clock.now() * 1_000)
    return tidFrom(this.#head ? Math.max(tidMicros(this.#head.rev) + 1, micros) : micros, this.#clockId)
  }

  async #sign(root: Cid, rev: Tid): Promise<Block> {
    const unsigned = { did: this.did, version: 3, data: this.#tree.at(root).cid, rev, prev: null }
    const signature = await this.#key.sign(CBOR.encode(unsigned))
    return blockOf({ ...unsigned, sig: CBOR.toBytes(signature) })
  }

  /** In one turn of the event loop, so that whoever asks for the CAR sees the commit whole or not at all. */
  #apply({ commit, commitBlock, changed }: Prepared): SignedCommit {
    this.#head = { rev: commit.rev, commit: commit.commit, data: commit.data }
    this.#headBlock = commitBlock
    for (const [path, block] of changed) {
      if (block) this.#records.set(path, block)
      else this.#records.delete(path)
    }
    this.#tree.dropDead(commit.data)
    return commit
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work)
    this.#tail = run.catch(() => {})
    return run
  }
}

/** The commit, then the tree from the root down, each record beside its entry. */
function* wholeTree(
  commit: Block,
  tree: LiveNodes,
  root: Cid,
  records: ReadonlyMap<string, Block>,
): Generator<Block, void> {
  yield commit
  for (const step of tree.walk(root)) {
    if ('block' in step) yield step.block
    else {
      const record = records.get(step.path)
      assert(record, 'the tree and the records agree')
      yield record
    }
  }
}

/** Two equal records are one block, and a CAR holds it once. */
function* distinct(blocks: Iterable<Block>): Generator<Block, void> {
  const seen = new Set<string>()
  for (const block of blocks) {
    if (seen.has(block.cid.$link)) continue
    seen.add(block.cid.$link)
    yield block
  }
}

/** The CID that a record gets in any repository. */
export function cidOf(record: object): Cid {
  return blockOf(record).cid.$link
}

/** The DAG-CBOR of a value and its CID. The bytes are copied: the encoder hands out parts of larger buffers. */
function blockOf(value: object): Block {
  const bytes = CBOR.encode(value).slice()
  return { bytes, cid: toCidLink(fromDigest(0x71, new Uint8Array(hash('sha256', bytes, 'buffer')))) }
}

interface LiveNode extends Block {
  readonly node: MSTNode
}

/**
 * The tree's nodes, decoded. They replace the package's own store of bytes and its cache, which would decode and
 * re-hash on each miss; reads that need no hashing are synchronous, so that a CAR shows one moment.
 */
class LiveNodes extends NodeStore {
  #nodes = new Map<string, LiveNode>()
  #deadFrom = DEAD_NODES_MIN
  #empty: MSTNode | undefined

  constructor() {
    super(new MemoryBlockStore())
  }

  override async get(cid: string | null): Promise<MSTNode> {
    if (cid !== null) return this.at(cid).node
    this.#empty ??= await this.put(MSTNode.empty())
    return this.#empty
  }

  override async put(node: MSTNode): Promise<MSTNode> {
    const cid = await node.cid()
    if (!this.#nodes.has(cid.$link)) this.#nodes.set(cid.$link, { node, cid, bytes: await node.serialize() })
    return node
  }

  async emptyRoot(): Promise<Cid> {
    return (await (await this.get(null)).cid()).$link
  }

  at(cid: string): LiveNode {
    const found = this.#nodes.get(cid)
    assert(found, 'the tree has all its nodes')
    return found
  }

  /**
   * The nodes on the way to each path and, where the path is there, those on either side of it below: what a reader
   * needs to see the entry, and to take it out or put it back.
   */
  covering(root: Cid, paths: Iterable<string>): readonly LiveNode[] {
    const found = new Set<LiveNode>([this.at(root)])
    for (const path of paths) {
      let next: CidLink | null | undefined = this.at(root).cid
      while (next) {
        const live: LiveNode = this.at(next.$link)
        found.add(live)
        const index = live.node.lowerBound(path)
        next = live.node.subtrees[index]
        if (live.node.keys[index] !== path) continue
        this.#edge(live.node.subtrees[index], -1, found)
        this.#edge(live.node.subtrees[index + 1], 0, found)
        break
      }
    }
    return [...found]
  }

  #edge(from: CidLink | null | undefined, side: 0 | -1, into: Set<LiveNode>): void {
    for (let next = from; next;) {
      const live = this.at(next.$link)
      into.add(live)
      next = live.node.subtrees.at(side)
    }
  }

  /** Every node before what is below it, every path in order. */
  *walk(root: Cid): Generator<{ readonly block: LiveNode } | { readonly path: string }, void> {
    const block = this.at(root)
    yield { block }
    for (const [index, subtree] of block.node.subtrees.entries()) {
      if (subtree) yield* this.walk(subtree.$link)
      const path = block.node.keys[index]
      if (path !== undefined) yield { path }
    }
  }

  dropDead(root: Cid): void {
    if (this.#nodes.size < this.#deadFrom) return
    const living = new Map<string, LiveNode>()
    for (const step of this.walk(root)) if ('block' in step) living.set(step.block.cid.$link, step.block)
    this.#nodes = living
    this.#empty = undefined
    this.#deadFrom = living.size * 2 + DEAD_NODES_MIN
  }
}
