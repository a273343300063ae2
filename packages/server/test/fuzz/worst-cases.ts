import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { encode } from '@atcute/cbor'
import { tidFrom } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { commitFrame, createSignedRepo, type GeneratedPerson, type RepoWrite } from '@waypost/load'
import type { Collection } from '#verify/collections.ts'
import { keyHeight } from '#verify/node-encoding.ts'
import { writeCar, type LooseBlock, type LooseCar } from './car.ts'
import type { Seed } from './corpus.ts'
import {
  become,
  bytes,
  field,
  integer,
  link,
  mapOf,
  nothing,
  readWhole,
  sortKeys,
  text,
  writeItem,
  type Item,
  type MapItem,
} from './item.ts'
import { writeLooseNode, type LooseEntry, type LooseNode } from './loose-node.ts'
import { reseal } from './reseal.ts'
import { sampleKey, sampleRecord } from './sample-records.ts'

/*
 * What dice would not throw in a lifetime: inputs within every limit that are made to cost as much as they can. Each is
 * built anew from its recipe, since the bytes themselves are too many to keep.
 */

export interface WorstCase extends Seed {
  readonly name: string
  readonly target: string
  /** What it has to be taken for; undefined where only the time counts. */
  readonly says: string | undefined
}

const REV = '3l3qo2vuowo2b'
const TIME = '2026-01-01T00:00:00.000Z'
/** The most that a frame may carry. */
const BLOCKS_BYTES_MAX = 2_000_000
const OPS_MAX = 200
const NODE_ENTRIES_MAX = 512

export async function worstCases(person: GeneratedPerson): Promise<readonly WorstCase[]> {
  const { did } = person
  const commit = async (name: string, says: string, parts: FrameParts): Promise<WorstCase> => ({
    name,
    target: 'commits',
    says,
    about: did,
    bytes: await frameOf(person, parts),
  })
  return [
    await commit('a signed commit of a hundred thousand fields, numbers and words', 'commit', manyFields()),
    await commit('two hundred ops through nine full nodes of long keys', 'prev-data', longWay()),
    await commit('two hundred keys between copies of one full node', 'car-malformed', oneNodeManyTimes()),
    {
      name: 'two records of nearly a million zeros in lists',
      target: 'commits',
      says: 'commit',
      about: did,
      bytes: await heavyRecords(person, 2),
    },
    {
      name: 'eight records of nearly a million zeros in lists',
      target: 'commits',
      says: 'car-malformed',
      about: did,
      bytes: await heavyRecords(person, 8),
    },
    await commit('more empty blocks than a frame may have', 'car-malformed', manyBlocks()),
    ...heavyTexts(),
  ]
}

interface FrameParts {
  readonly nodes: readonly LooseBlock[]
  readonly data: Buffer
  readonly ops: readonly { readonly path: string; readonly cid?: Buffer; readonly prev?: Buffer }[]
  readonly more?: readonly [Item, Item][]
  readonly prevData?: Buffer
}

async function frameOf({ did, key }: GeneratedPerson, parts: FrameParts): Promise<Buffer> {
  const signed = mapOf({
    did: text(did),
    rev: text(REV),
    sig: bytes(Buffer.alloc(64)),
    data: link(parts.data),
    version: integer(3),
  })
  signed.entries.push(...(parts.more ?? []))
  sortKeys(signed)
  const root = block(writeItem(signed))
  const header = mapOf({ roots: { kind: 'array', items: [link(root.cid)] }, version: integer(1) })
  const car: LooseCar = { header, blocks: [root, ...parts.nodes] }
  await reseal(car, key)
  const ops = parts.ops.map(({ path, cid, prev }) => {
    const action = cid && prev ? 'update' : cid ? 'create' : 'delete'
    const op = mapOf({
      cid: cid ? link(cid) : nothing(),
      path: text(path),
      prev: prev ? link(prev) : nothing(),
      action: text(action),
    })
    sortKeys(op)
    return op
  })
  const body: MapItem = mapOf({
    seq: integer(1),
    time: text(TIME),
    repo: text(did),
    rev: text(REV),
    since: text('3l3qo2vuowo2a'),
    commit: link(root.cid),
    prevData: link(parts.prevData ?? parts.data),
    blocks: bytes(writeCar(car)),
    ops: { kind: 'array', items: ops },
  })
  sortKeys(body)
  return Buffer.concat([writeItem(mapOf({ t: text('#commit'), op: integer(1) })), writeItem(body)])
}

function block(content: Uint8Array): LooseBlock {
  return {
    cid: Buffer.concat([Buffer.of(1, 0x71, 0x12, 0x20), hash('sha256', content, 'buffer')]),
    bytes: Buffer.from(content),
  }
}

function nodeBlock(node: LooseNode): LooseBlock {
  return block(writeLooseNode(node))
}

/** Objects have keys that look like numbers in front, whatever order they were put in: a sort by insertion is lost. */
function manyFields(): FrameParts {
  const empty = nodeBlock({ first: undefined, entries: [] })
  const more = Array.from({ length: 45_000 }, (_, index): [Item, Item][] => [
    [text(String(10_000 + index)), integer(0)],
    [text(`a${index.toString(36).padStart(3, '0')}`), integer(0)],
  ])
  return { nodes: [empty], data: empty.cid, ops: [], more: more.flat() }
}

const LONG_PREFIX = `${`${'a'.repeat(60)}.`.repeat(4)}c/${'k'.repeat(500)}`
const LEVELS = 8

/** Every op looks through all keys of a node on every level; only the first key of the root needs to stand where it does. */
function longWay(): FrameParts {
  let first = 0
  while (keyHeight(`${LONG_PREFIX}-${first}`) !== LEVELS) first++
  const nodes: LooseBlock[] = []
  let below: Buffer | undefined
  const value = block(Buffer.of(0)).cid
  for (let level = 0; level <= LEVELS; level++) {
    const entries = Array.from({ length: NODE_ENTRIES_MAX }, (_, index): LooseEntry => ({
      key: `${LONG_PREFIX}${level}${index.toString().padStart(3, '0')}`,
      value,
      after: undefined,
    }))
    if (level === LEVELS) entries[0]!.key = `${LONG_PREFIX}-${first}`
    entries.at(-1)!.after = below
    const node = nodeBlock({ first: undefined, entries })
    below = node.cid
    nodes.push(node)
  }
  const ops = Array.from({ length: OPS_MAX }, (_, index) => ({ path: `${LONG_PREFIX}z${index}`, prev: value }))
  return { nodes, data: below!, ops }
}

/** Taking the keys out again puts the copies together, to one node of a hundred thousand entries. */
function oneNodeManyTimes(): FrameParts {
  const value = block(Buffer.of(0)).cid
  const keys = (height: number, count: number): string[] => {
    const found: string[] = []
    for (let index = 0; found.length < count; index++) {
      const key = `a.b.c/${index.toString().padStart(6, '0')}`
      if (keyHeight(key) === height) found.push(key)
    }
    return found
  }
  const leaf = nodeBlock({
    first: undefined,
    entries: keys(0, NODE_ENTRIES_MAX).map((key) => ({ key, value, after: undefined })),
  })
  const tops = keys(1, OPS_MAX)
  const top = nodeBlock({ first: leaf.cid, entries: tops.map((key) => ({ key, value, after: leaf.cid })) })
  return { nodes: [leaf, top], data: top.cid, ops: tops.map((path) => ({ path, cid: value })) }
}

function manyBlocks(): FrameParts {
  const empty = nodeBlock({ first: undefined, entries: [] })
  const nothingAtAll = { ...block(Buffer.of()) }
  const count = Math.floor(BLOCKS_BYTES_MAX / 40)
  return { nodes: [empty, ...Array.from({ length: count }, () => nothingAtAll)], data: empty.cid, ops: [] }
}

/** The records are all the same, and so one block. */
async function heavyRecords({ did, key }: GeneratedPerson, count: number): Promise<Uint8Array> {
  const repo = createSignedRepo({ did, key, clock: simWorld().clock })
  const zeros = Array.from({ length: 7 }, () => Array.from({ length: 130_000 }, () => 0))
  const writes = Array.from({ length: count }, (_, index): RepoWrite => ({
    action: 'create',
    collection: 'app.waypost.checkin',
    rkey: tidFrom(1_767_225_600_000_000 + index, 0),
    record: { ...sampleRecord('app.waypost.checkin'), zeros },
  }))
  return commitFrame({ seq: 1, time: TIME }, await repo.commit(writes))
}

/** Of each kind of text that a lexicon checks by more than its length. */
function heavyTexts(): WorstCase[] {
  const units = ['a', '\u0301', '-', '%41']
  const fields: readonly [Collection, readonly (string | number)[], string][] = [
    ['app.waypost.checkin', ['text'], ''],
    ['app.waypost.checkin', ['createdAt'], '2026-01-01T00:00:00.0'],
    ['app.waypost.checkin', ['langs', 0], 'en-'],
    ['app.waypost.checkin', ['with', 0], 'did:plc:'],
    ['app.waypost.checkin', ['place', 'name'], ''],
    ['app.waypost.checkin', ['place', 'geo', 'latitude'], '1.0'],
    ['app.waypost.checkin', ['facets', 0, 'features', 1, 'uri'], 'https://a/'],
    ['app.waypost.checkin', ['facets', 0, 'features', 2, 'tag'], ''],
    ['app.waypost.checkin', ['photos', 0, 'image', 'mimeType'], 'image/'],
    ['app.waypost.checkin', ['position', 'location', 'latitude'], '1.'],
    ['app.waypost.comment', ['subject', 'uri'], 'at://did:plc:a/'],
    ['app.waypost.comment', ['subject', 'cid'], 'bafy'],
    ['app.dropanchor.checkin', ['createdAt'], '2026-01-01T00:00:00.0'],
  ]
  return fields.flatMap(([collection, path, begin]) =>
    units.map((unit) => {
      const record = readWhole(encode(sampleRecord(collection)))
      const long = begin + unit.repeat(Math.floor(990_000 / Buffer.byteLength(unit)))
      become(path.reduce(step, record), text(long))
      return {
        name: `${collection} ${path.join('.')} of ${JSON.stringify(unit)}`,
        target: 'records',
        says: undefined,
        about: `${collection}/${sampleKey(collection)}`,
        bytes: writeItem(record),
      }
    }),
  )
}

function step(item: Item, name: string | number): Item {
  const inner = item.kind === 'array' ? item.items[Number(name)] : field(item, String(name))
  assert.ok(inner, `a sample has ${name}`)
  return inner
}
