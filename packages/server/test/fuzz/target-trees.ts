import assert from 'node:assert/strict'
import { decodeFrame } from '#wire/decode-frame.ts'
import { fromString } from '@atcute/cid'
import { cidOf, type Link } from '#wire/link.ts'
import { fieldNames } from '#wire/scanned.ts'
import { readBlocks, scanBlock } from '#verify/blocks.ts'
import { keyHeight } from '#verify/node-encoding.ts'
import { invertOps } from '#verify/tree.ts'
import { readCar, type LooseCar } from './car.ts'
import type { Seed } from './corpus.ts'
import { readLooseNode } from './loose-node.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateTree } from './mutate-tree.ts'
import { closeFrame, openFrame } from './opened-frame.ts'
import { undo } from './second-opinion.ts'
import { changeOps } from './target-frames.ts'
import type { Target, Verdict } from './target.ts'

/** Of one frame. */
const BLOCKS_MAX = 20_000

export const trees: Target = {
  name: 'trees',
  about: 'trees and ops that do not fit each other: undoing them ends, and ends where another implementation does',
  seeds: (corpus) => corpus.commits,
  async mutate({ seed, dice, corpus }) {
    const { key } = corpus.people.find(({ did }) => did === seed.about)!
    const frame = openFrame(seed.bytes)
    const by: string[] = []
    if (dice.chance(0.85)) by.push(mutateTree(frame.car, dice))
    if (dice.chance(0.4)) by.push(`op ${changeOps(frame, dice)}`)
    if (dice.chance(0.05)) {
      const block = dice.one(frame.car.blocks)
      const changed = mutateBytes(block.bytes, seed.bytes, dice)
      block.bytes = changed.bytes
      by.push(changed.by)
    }
    return { bytes: await closeFrame(frame, key), about: seed.about, by: by.join('+'), kind: 'sealed' }
  },
  judge: ({ bytes }) => invert(bytes),
  async check({ bytes }, { said, meaning }) {
    if (said !== 'undone') return
    const { before, data, ops } = meaning as Undone
    const frame = decodeFrame(bytes)
    assert.ok(frame.ok && frame.value.kind === 'commit')
    const car = readCar(frame.value.blocks)
    const other = await undo(car, data, ops)
    // Ours holds only the keys of the ops to their levels: of a tree with others astray each makes what it will.
    if (typeof other === 'string' && keysKeepTheirLevels(car, data)) assert.equal(before, other)
  },
  reaches: ['undone', 'op-mismatch', 'car-malformed', 'block-missing'],
  turns: 400,
}

interface Undone {
  readonly before: string
  readonly data: string
  readonly ops: readonly {
    readonly path: string
    readonly cid: string | undefined
    readonly prev: string | undefined
  }[]
}

function invert(source: Seed['bytes']): Verdict {
  const frame = decodeFrame(source)
  if (!frame.ok) return { said: frame.error }
  if (frame.value.kind !== 'commit') return { said: frame.value.kind }
  const { ops } = frame.value
  const blocks = readBlocks(frame.value.blocks, { blocksMax: BLOCKS_MAX })
  if (!blocks.ok) return { said: blocks.error.reason }
  const data = dataOf(blocks.value.byLink.get(blocks.value.root))
  if (data === undefined) return { said: 'no commit' }
  const inverted = invertOps(blocks.value, data, ops)
  if (!inverted.ok) return { said: inverted.error.reason }
  const meaning: Undone = {
    before: cidOf(inverted.value),
    data: cidOf(data),
    ops: ops.map(({ path, cid, prev }) => ({ path, cid: cid && cidOf(cid), prev: prev && cidOf(prev) })),
  }
  return { said: 'undone', meaning }
}

const DATA = fieldNames('data')

function dataOf(signed: Uint8Array | undefined): Link | undefined {
  const scanned = signed && scanBlock(signed)
  if (!scanned?.ok || !scanned.value) return undefined
  const [dataAt] = scanned.value.fields(0, DATA)
  return scanned.value.link(dataAt)
}

/** Whether every key that the CAR shows of a tree stands at its height. */
function keysKeepTheirLevels(car: LooseCar, data: string): boolean {
  const nodes = new Map(car.blocks.map(({ cid, bytes }) => [cid.toString('hex'), bytes]))
  const walk = (cid: Uint8Array | undefined, level: number | undefined): boolean => {
    const block = cid && nodes.get(Buffer.from(cid).toString('hex'))
    const node = block && readLooseNode(block)
    if (!node) return true
    const own = level ?? keyHeight(node.entries[0]?.key ?? '')
    return (
      node.entries.every(({ key, after }) => keyHeight(key) === own && walk(after, own - 1)) &&
      walk(node.first, own - 1)
    )
  }
  return walk(fromString(data).bytes, undefined)
}
