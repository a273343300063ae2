import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { CidLinkWrapper, encode, toBytes } from '@atcute/cbor'
import { fromString } from '@atcute/cid'
import { MSTNode } from '@atcute/mst'
import { cidOf, linkOfHash, type Link } from '#wire/link.ts'
import { TreeNode, type OpenNode, type Subtree } from '#verify/tree-node.ts'
import type { Dice } from './dice.ts'
import { itemsIn, nothing, readWhole, writeItem } from './item.ts'
import { readLooseNode } from './loose-node.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateItem } from './mutate-item.ts'
import { mutateTree } from './mutate-tree.ts'
import type { Target } from './target.ts'

/** The limits that ours names and the other does not. */
const ENTRIES_MAX = 512
const KEY_CHARACTERS_MAX = 1_024

export const nodes: Target = {
  name: 'nodes',
  about: 'nodes of a tree: whatever is read is in its one encoding, and nothing else is read',
  seeds: (corpus) => corpus.blocks.filter(({ bytes }) => readLooseNode(bytes) !== undefined),
  mutate({ seed, other, dice }) {
    const made = { about: '', kind: 'raw' as const }
    if (dice.chance(0.4)) return { ...mutateBytes(seed.bytes, other.bytes, dice), ...made }
    if (dice.chance(0.5)) {
      const item = readWhole(seed.bytes)
      const by = mutateItem(item, [...itemsIn(readWhole(other.bytes))], dice)
      return { bytes: writeItem(item), by, ...made }
    }
    const blocks = [seed, other].map(({ bytes }) => ({ cid: someNodeCid(dice), bytes: Buffer.from(bytes) }))
    const car = { header: nothing(), blocks }
    const by = mutateTree(car, dice)
    return { bytes: car.blocks[0]!.bytes, by, ...made }
  },
  judge({ bytes }) {
    const node = readNode(bytes)
    return node ? { said: node.keyCount > 0 ? 'node' : 'node without keys' } : { said: 'no node' }
  },
  async check({ bytes }) {
    const node = readNode(bytes)
    if (node) {
      const open = readNode(bytes)!.open()
      assert.ok(
        open.keys.every((key, index) => node.search(key) === index),
        'a key is not found where it stands',
      )
      assert.equal(TreeNode.of(open).link(), linkOf(bytes), 'our own encoder writes other bytes')
      assert.deepEqual(Buffer.from(encode(asObject(open))), Buffer.from(bytes), 'the other encoder writes other bytes')
      assert.ok(open.keys.every((key) => key.length <= KEY_CHARACTERS_MAX))
    } else assert.ok(!(await isNode(bytes)), 'refused, and yet a node')
  },
  reaches: ['node', 'node without keys', 'no node'],
  turns: 2_000,
}

function someNodeCid(dice: Dice): Buffer {
  return Buffer.concat([Buffer.of(1, 0x71, 0x12, 0x20), dice.bytes(32)])
}

function linkOf(bytes: Uint8Array): Link {
  return linkOfHash(hash('sha256', bytes, 'binary'))
}

function readNode(bytes: Uint8Array): TreeNode | undefined {
  return TreeNode.read(bytes, linkOf(bytes))
}

/** A node as the other encoder takes it. */
function asObject({ keys, values, subtrees }: OpenNode): object {
  const cid = (link: Subtree | undefined) => {
    assert.ok(!(link instanceof TreeNode), 'what was read names its subtrees')
    return link === undefined ? null : new CidLinkWrapper(fromString(cidOf(link)).bytes)
  }
  const entries = keys.map((key, index) => {
    const shared = sharedLength(keys[index - 1] ?? '', key)
    return {
      k: toBytes(Buffer.from(key.slice(shared))),
      p: shared,
      t: cid(subtrees[index + 1]),
      v: cid(values[index]),
    }
  })
  return { e: entries, l: cid(subtrees[0]) }
}

function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

/** Whether the other reader takes it and writes it back as it was; links to raw bytes, which it allows, aside. */
async function isNode(bytes: Uint8Array): Promise<boolean> {
  try {
    const node = await MSTNode.deserialize(new Uint8Array(bytes))
    const links = [...node.values, ...node.subtrees].filter((link) => link !== null)
    if (node.keys.length > ENTRIES_MAX || links.some(({ $link }) => !$link.startsWith('bafyrei'))) return false
    return Buffer.from(await node.serialize()).equals(bytes)
  } catch {
    return false
  }
}
