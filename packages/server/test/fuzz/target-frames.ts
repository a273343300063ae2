import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { fromString } from '@atcute/cid'
import type { Cid } from '@waypost/kernel'
import { decodeFrame } from '#wire/decode-frame.ts'
import type { CommitFrame, SyncFrame } from '#wire/frame.ts'
import { checkCommit, checkSync } from '#verify/commit.ts'
import type { PublicKey } from '#verify/did-key.ts'
import { rootOf } from './car.ts'
import type { Seed } from './corpus.ts'
import type { Dice } from './dice.ts'
import {
  bytes,
  field,
  integer,
  itemsIn,
  link,
  linkedCid,
  mapOf,
  nothing,
  readItem,
  setField,
  sortKeys,
  text,
  writeItem,
  type Item,
} from './item.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateItem } from './mutate-item.ts'
import { mutateTree } from './mutate-tree.ts'
import { closeFrame, openFrame, opsOf, type OpenedFrame } from './opened-frame.ts'
import { readable } from './reseal.ts'
import { cidText, isNodeCid, objectionToCommit, objectionToSync, opOf, undo } from './second-opinion.ts'
import type { Mutant, Scene, Target, Verdict } from './target.ts'

export const frames: Target = {
  name: 'frames',
  about: 'messages of a firehose, changed without their hashes and signatures; down to the verified commit',
  seeds: (corpus) => corpus.frames,
  mutate: ({ seed, other, dice }) =>
    dice.chance(0.6) || seed.bytes.length > LARGE_FRAME_BYTES
      ? { ...mutateBytes(seed.bytes, other.bytes, dice), about: '', kind: 'raw' }
      : { ...mutateFields(seed, other, dice), about: '', kind: 'raw' },
  judge: (seed, corpus) => judgeFrame(seed.bytes, corpus.keys),
  async check({ bytes }, { said, meaning }, genuine, corpus) {
    if ((said !== 'commit' && said !== 'sync') || isDeepStrictEqual(meaning, genuine.meaning)) return
    // Grafts may make of one frame another one, which is as genuine.
    const { did } = meaning as { readonly did: string }
    const objection = said === 'commit' ? objectionToCommit : objectionToSync
    assert.equal(await objection(bytes, corpus.keys.get(did)!.text), undefined)
  },
  reaches: [
    'frame-truncated',
    'frame-malformed',
    'frame-too-deep',
    'frame-unknown-type',
    'car-malformed',
    'block-hash',
    'commit-mismatch',
    'op-mismatch',
    'prev-data',
    'block-missing',
    'commit',
    'sync',
    'identity',
    'account',
  ],
  turns: 2_500,
}

export const commits: Target = {
  name: 'commits',
  about: 'commits changed inside, hashed and signed again: only tree, ops and records can give them away',
  seeds: (corpus) => corpus.commits,
  mutate: mutateCommit,
  judge: (seed, corpus) => judgeFrame(seed.bytes, corpus.keys),
  async check(mutant, verdict, genuine, corpus) {
    if (mutant.kind === 'harmless') assert.deepEqual(verdict, genuine)
    if (verdict.said !== 'commit') return
    const { key } = corpus.people.find(({ did }) => did === mutant.about)!
    assert.equal(await objectionToCommit(mutant.bytes, key.did), undefined)
  },
  reaches: [
    'car-malformed',
    'block-missing',
    'cbor-malformed',
    'commit-mismatch',
    'op-mismatch',
    'prev-data',
    'frame-malformed',
    'frame-too-deep',
    'commit',
  ],
  turns: 600,
}

/** Larger ones are mutated as bytes only. */
const LARGE_FRAME_BYTES = 100_000

export function judgeFrame(source: Uint8Array, keys: ReadonlyMap<string, PublicKey>): Verdict {
  const frame = decodeFrame(source)
  if (!frame.ok) return { said: frame.error }
  const { value } = frame
  if (value.kind !== 'commit' && value.kind !== 'sync') return { said: value.kind }
  const key = keys.get(value.did)
  if (!key) return { said: 'of a stranger' }
  return value.kind === 'commit' ? judgeCommit(value, key) : judgeSync(value, key)
}

function judgeCommit(frame: CommitFrame, key: PublicKey): Verdict {
  const checked = checkCommit(frame, key)
  if (!checked.ok) return { said: checked.error.reason }
  const { rev, data, prevData, ops } = checked.value
  const byPath = [...frame.ops].toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const records = ops.map((op) => ({
    ...op,
    record: op.action === 'put' ? Buffer.from(op.record).toString('hex') : '',
  }))
  const byKey = records.toSorted((a, b) => (a.collection + a.rkey < b.collection + b.rkey ? -1 : 1))
  return { said: 'commit', meaning: { did: frame.did, rev, data, prevData, ops: byPath, records: byKey } }
}

function judgeSync(frame: SyncFrame, key: PublicKey): Verdict {
  const checked = checkSync(frame, key)
  return checked.ok ? { said: 'sync', meaning: checked.value } : { said: checked.error.reason }
}

function mutateFields(seed: Seed, other: Seed, dice: Dice): { bytes: Buffer; by: string } {
  const header = readItem(seed.bytes)
  const body = readItem(seed.bytes, header.end).item
  const donors = [...itemsIn(readItem(other.bytes, readItem(other.bytes).end).item)]
  const by = mutateItem(dice.chance(0.1) ? header.item : body, donors, dice)
  return { bytes: Buffer.concat([writeItem(header.item), writeItem(body)]), by }
}

async function mutateCommit({ seed, other, dice, corpus }: Scene): Promise<Mutant> {
  const { key } = corpus.people.find(({ did }) => did === seed.about)!
  const frame = openFrame(seed.bytes)
  if (dice.chance(0.08)) {
    const by = changeNothing(frame, dice)
    return { bytes: await closeFrame(frame, key), about: seed.about, by, kind: 'harmless' }
  }
  const by: string[] = []
  for (let left = dice.few(3); left > 0; left--) by.push(changeInside(frame, openFrame(other.bytes), dice))
  let closed = await closeFrame(frame, key)
  // The tree before may be what follows from the changed ops, so that commits hold which say something else.
  const before = dice.chance(0.6) ? await treeBefore(frame) : undefined
  if (before !== undefined) {
    setField(frame.body, 'prevData', link(fromString(before).bytes))
    sortKeys(frame.body)
    closed = await closeFrame(frame)
    by.push('follow')
  }
  return { bytes: closed, about: seed.about, by: by.join('+'), kind: 'sealed' }
}

function changeInside(frame: OpenedFrame, other: OpenedFrame, dice: Dice): string {
  const { car, body } = frame
  switch (dice.below(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return mutateTree(car, dice)
    case 4:
    case 5:
      return `op ${changeOps(frame, dice)}`
    case 6: {
      const at = dice.below(car.blocks.length)
      if (dice.chance(0.5)) car.blocks.splice(at, 1)
      else car.blocks.splice(at, 1, dice.one(other.car.blocks))
      return 'block'
    }
    case 7:
      return `field ${mutateItem(body, [...itemsIn(other.body)], dice, 1)}`
    default: {
      const block = dice.one(car.blocks)
      const item = readable(block.bytes)
      const donors = [...itemsIn(readable(dice.one(other.car.blocks).bytes) ?? nothing())]
      if (!item) return 'nothing'
      const by = mutateItem(item, donors, dice)
      block.bytes = writeItem(item)
      return `inside ${by}`
    }
  }
}

export function changeOps(frame: OpenedFrame, dice: Dice): string {
  const { items } = opsOf(frame)
  if (items.length === 0) return 'nothing'
  const op = dice.one(items)
  switch (dice.below(7)) {
    case 0:
      items.splice(items.indexOf(op), 1)
      return 'drop'
    case 1:
      items.push(op)
      return 'twice'
    case 2:
      if (op.kind === 'map') setField(op, 'action', text(dice.one(['create', 'update', 'delete', 'rename', ''])))
      return 'action'
    case 3:
      if (op.kind === 'map') setField(op, dice.one(['cid', 'prev']), someCid(frame, dice))
      sortKeys(op)
      return 'cid'
    case 4:
      if (op.kind === 'map') setField(op, 'path', field(dice.one(items), 'path') ?? nothing())
      return 'path'
    case 5: {
      const path = `app.waypost.checkin/${dice.one(['self', '3l3qo2vuowo2b', '3l3qo2vuowo2c', '.', 'x'.repeat(800)])}`
      const added = mapOf({ action: text('delete'), cid: nothing(), path: text(path), prev: someCid(frame, dice) })
      sortKeys(added)
      for (let left = dice.chance(0.05) ? 250 : 1; left > 0; left--) items.push(added)
      return 'add'
    }
    default:
      return mutateItem(op, [], dice)
  }
}

function someCid({ car }: OpenedFrame, dice: Dice): Item {
  return dice.one([
    link(dice.one(car.blocks).cid),
    nothing(),
    link(Buffer.concat([Buffer.of(1, 0x55, 0x12, 0x20), dice.bytes(32)])),
  ])
}

/** What means nothing to the commit. */
function changeNothing(frame: OpenedFrame, dice: Dice): string {
  const { car, body } = frame
  const swap = (list: unknown[]): void => void list.push(...list.splice(dice.below(list.length), 1))
  switch (dice.below(5)) {
    case 0:
      swap(car.blocks)
      return 'blocks in another order'
    case 1:
      car.blocks.push(dice.one(car.blocks))
      return 'a block twice'
    case 2: {
      const foreign = dice.bytes(dice.below(200))
      car.blocks.push({ cid: Buffer.concat([Buffer.of(1, 0x55, 0x12, 0x20), Buffer.alloc(32)]), bytes: foreign })
      return 'a block that nobody named'
    }
    case 3:
      swap(opsOf(frame).items)
      return 'ops in another order'
    default:
      setField(body, 'seq', integer(dice.below(1_000_000)))
      setField(body, 'newField', bytes(dice.bytes(9)))
      sortKeys(body)
      return 'a field that nobody knows'
  }
}

/** The tree before the ops by the second opinion; undefined where it has none. */
async function treeBefore(frame: OpenedFrame): Promise<Cid | undefined> {
  if ((frame.body as Item).kind !== 'map') return undefined
  const root = rootOf(frame.car)
  const signed = frame.car.blocks.find(({ cid }) => root?.equals(cid))
  const data = signed && linkedCid(field(readable(signed.bytes) ?? nothing(), 'data'))
  if (!isNodeCid(data)) return undefined
  const before = await undo(frame.car, cidText(data), opsOf(frame).items.map(opOf))
  return typeof before === 'string' ? before : undefined
}
