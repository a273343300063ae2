import { hash } from 'node:crypto'
import { tidFrom } from '@waypost/kernel'
import type { LooseBlock, LooseCar } from './car.ts'
import type { Dice } from './dice.ts'
import { readLooseNode, writeLooseNode, type LooseEntry, type LooseNode } from './loose-node.ts'

interface Found {
  readonly block: LooseBlock
  readonly node: LooseNode
}

interface Scene extends Found {
  readonly car: LooseCar
  readonly nodes: readonly Found[]
  /** Nodes to be written down anew. */
  readonly touched: Set<Found>
  readonly dice: Dice
}

const CROWDS = [3, 20, 600]
const CHAINS = [1, 2, 3, 8, 70]
const COLLECTIONS = ['app.waypost.checkin', 'app.waypost.comment', 'app.bsky.graph.follow', 'a.b.c']

/** What can be wrong with a tree all of whose nodes are nodes. Each changes the one node given. */
const MUTATORS: Readonly<Record<string, (scene: Scene) => void>> = {
  rekey: ({ node, dice }) => withEntry(node, dice, (entry) => void (entry.key = someKey(dice))),
  /** As it is said elsewhere in the tree, so that one key stands at two places. */
  echo: ({ node, nodes, dice }) =>
    withEntry(node, dice, (entry) => withEntry(dice.one(nodes).node, dice, (other) => void (entry.key = other.key))),
  revalue: (scene) => withEntry(scene.node, scene.dice, (entry) => void (entry.value = someCid(scene))),
  drop: ({ node, dice }) => void node.entries.splice(dice.below(node.entries.length + 1), 1),
  add(scene) {
    const { node, dice } = scene
    node.entries.push({ key: someKey(dice), value: someCid(scene), after: undefined })
    if (dice.chance(0.8)) sortEntries(node)
  },
  move({ node, nodes, touched, dice }) {
    const [moved] = node.entries.splice(dice.below(node.entries.length + 1), 1)
    const to = dice.one(nodes)
    if (!moved || [moved.value, moved.after].some((cid) => cid && isBelow(to.block, cid, nodes))) return
    to.node.entries.push(moved)
    if (dice.chance(0.8)) sortEntries(to.node)
    touched.add(to)
  },
  disorder: ({ node }) => void node.entries.reverse(),
  /** Another subtree, or what is no subtree, in place of one or of none. */
  graft(scene) {
    const { nodes, dice } = scene
    const cid = dice.chance(0.8) ? dice.one(nodes).block.cid : someCid(scene)
    if (!isBelow(scene.block, cid, nodes)) setSubtree(scene, cid)
  },
  prune: (scene) => setSubtree(scene, undefined),
  /** A node that holds nothing where there should be none. */
  empty: (scene) => setSubtree(scene, planted(scene.car, { first: undefined, entries: [] })),
  /** Nodes that hold only the next one, above a subtree. */
  hollow(scene) {
    let below: Buffer | undefined = scene.dice.one(scene.nodes).block.cid
    if (scene.dice.chance(0.2) || isBelow(scene.block, below, scene.nodes)) below = undefined
    for (let left = scene.dice.one(CHAINS); left > 0; left--) below = planted(scene.car, { first: below, entries: [] })
    setSubtree(scene, below)
  },
  crowd(scene) {
    const { node, dice } = scene
    const value = someCid(scene)
    for (let left = dice.one(CROWDS); left > 0; left--)
      node.entries.push({ key: someKey(dice), value, after: undefined })
    sortEntries(node)
  },
}

/** Keys may be as long as 1,024 characters. */
function someKey(dice: Dice): string {
  const collection = dice.one(COLLECTIONS)
  if (dice.chance(0.05)) return `${collection}/${'k'.repeat(dice.one([1, 500, 900, 1_003, 1_010, 1_024]))}`
  return `${collection}/${dice.chance(0.1) ? 'self' : tidFrom(1_767_225_600_000_000 + dice.below(1_000_000), dice.below(32))}`
}

function withEntry(node: LooseNode, dice: Dice, act: (entry: LooseEntry) => void): void {
  if (node.entries.length > 0) act(dice.one(node.entries))
}

/** Whether a block stands in the tree below `top`, or is it: above itself nothing can be hashed. */
function isBelow(block: LooseBlock, top: Buffer, nodes: readonly Found[]): boolean {
  const named = nodes.filter((each) => each.block.cid.equals(top))
  const all = new Set(named)
  for (const { node } of all) {
    const cids = [node.first, ...node.entries.flatMap(({ value, after }) => [value, after])]
    for (const each of nodes) if (cids.some((cid) => cid?.equals(each.block.cid))) all.add(each)
  }
  return [...all].some((each) => each.block === block)
}

/** Of any block that can be named without naming itself. */
function someCid({ block, car, nodes, dice }: Scene): Buffer {
  const { cid } = dice.one(car.blocks)
  return isBelow(block, cid, nodes) ? Buffer.concat([cid.subarray(0, 4), dice.bytes(32)]) : cid
}

function setSubtree({ node, dice }: Scene, cid: Buffer | undefined): void {
  const at = dice.below(node.entries.length + 1)
  if (at === 0) node.first = cid
  else node.entries[at - 1]!.after = cid
}

function planted(car: LooseCar, node: LooseNode): Buffer {
  const bytes = writeLooseNode(node)
  const cid = Buffer.concat([Buffer.of(1, 0x71, 0x12, 0x20), hash('sha256', bytes, 'buffer')])
  car.blocks.push({ cid, bytes })
  return cid
}

function sortEntries(node: LooseNode): void {
  node.entries.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Changes the tree inside a CAR in place, once or a few times; hashes are `reseal`'s part. */
export function mutateTree(car: LooseCar, dice: Dice): string {
  const by: string[] = []
  for (let left = dice.few(4); left > 0; left--) {
    const nodes = car.blocks.flatMap((block): Found[] => {
      const node = readLooseNode(block.bytes)
      return node ? [{ block, node }] : []
    })
    if (nodes.length === 0) break
    const name = dice.one(Object.keys(MUTATORS))
    by.push(name)
    const found = dice.one(nodes)
    const touched = new Set([found])
    MUTATORS[name]!({ ...found, car, nodes, touched, dice })
    const thrifty = dice.chance(0.98)
    for (const { block, node } of touched) block.bytes = writeLooseNode(node, thrifty)
  }
  return by.join('+')
}
