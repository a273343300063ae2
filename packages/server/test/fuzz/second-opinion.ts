import { hash } from 'node:crypto'
import { decode, fromString, toCidLink, toString } from '@atcute/cid'
import { MemoryBlockStore, NodeStore, NodeWrangler } from '@atcute/mst'
import { verifySignature } from '@atproto/crypto'
import type { Cid } from '@waypost/kernel'
import { readCar, rootOf, type LooseCar } from './car.ts'
import { dropField, field, linkedCid, readItem, readWhole, writeItem, type Item } from './item.ts'

/*
 * What others say of the same bytes: the tree by @atcute/mst, signatures by @atproto/crypto, CBOR and CAR by this
 * folder's own readers. Slow, and without a line of what is tested.
 */

interface Op {
  readonly path: string
  readonly cid: Cid | undefined
  readonly prev: Cid | undefined
}

/** Why the commit in this frame does not hold; undefined where it does. */
export async function objectionToCommit(frame: Uint8Array, didKey: string): Promise<string | undefined> {
  const body = readItem(frame, readItem(frame).end).item
  const blocks = field(body, 'blocks')
  if (blocks?.kind !== 'bytes') return 'no blocks'
  const car = readCar(blocks.bytes)
  const root = rootOf(car)
  const named = linkedCid(field(body, 'commit'))
  if (!root || !named || !root.equals(named)) return 'another root'
  const signed = await objectionToSigned(car, { did: textOf(body, 'repo'), rev: textOf(body, 'rev') }, didKey)
  if (typeof signed === 'string') return signed
  const list = field(body, 'ops')
  const ops = list?.kind === 'array' ? list.items.map(opOf) : []
  const before = await undo(car, signed.data, ops)
  if (typeof before !== 'string') return before.unable
  const prevData = cidIn(body, 'prevData') ?? (await emptyTree())
  return before === prevData ? undefined : `leads to ${before}, not ${prevData}`
}

/** The same for a `#sync`, which carries the signed commit alone. */
export async function objectionToSync(frame: Uint8Array, didKey: string): Promise<string | undefined> {
  const body = readItem(frame, readItem(frame).end).item
  const blocks = field(body, 'blocks')
  if (blocks?.kind !== 'bytes') return 'no blocks'
  const expected = { did: textOf(body, 'did'), rev: textOf(body, 'rev') }
  const signed = await objectionToSigned(readCar(blocks.bytes), expected, didKey)
  return typeof signed === 'string' ? signed : undefined
}

/** The signed commit of a CAR, or why it is none of this person's. All blocks must hash to their CIDs. */
export async function objectionToSigned(
  car: LooseCar,
  expected: { readonly did: string | undefined; readonly rev?: string | undefined },
  didKey: string,
): Promise<string | { readonly data: Cid }> {
  if (!isHashed(car)) return 'a block that hashes to something else'
  const root = rootOf(car)
  const block = root && car.blocks.find(({ cid }) => cid.equals(root))
  if (!block) return 'no signed commit'
  const commit = readWhole(block.bytes)
  const signature = field(commit, 'sig')
  if (commit.kind !== 'map' || signature?.kind !== 'bytes') return 'no signature'
  if (textOf(commit, 'did') !== expected.did) return 'another did'
  if (expected.rev !== undefined && textOf(commit, 'rev') !== expected.rev) return 'another rev'
  const data = cidIn(commit, 'data')
  dropField(commit, 'sig')
  const isSigned = await verifySignature(didKey, writeItem(commit), signature.bytes)
  return isSigned && data !== undefined ? { data } : 'not signed'
}

function isHashed(car: LooseCar): boolean {
  return car.blocks.every(({ cid, bytes }) => hash('sha256', bytes, 'buffer').equals(cid.subarray(4)))
}

/** The tree before the ops as @atcute/mst undoes them, or why it is not able to. */
export async function undo(car: LooseCar, data: Cid, ops: readonly Op[]): Promise<Cid | { readonly unable: string }> {
  // Blocks under names that are not their own could stand in a circle, which has no end.
  if (!isHashed(car)) return { unable: 'a block that hashes to something else' }
  const nodes = car.blocks.filter(({ cid }) => isNodeCid(cid))
  const store = new MemoryBlockStore(new Map(nodes.map(({ cid, bytes }) => [cidText(cid), new Uint8Array(bytes)])))
  const wrangler = new NodeWrangler(new NodeStore(store))
  try {
    let root = data
    for (const { path, prev } of ops) {
      root =
        prev === undefined
          ? await wrangler.deleteRecord(root, path)
          : await wrangler.putRecord(root, path, toCidLink(fromString(prev)))
    }
    return root
  } catch (error) {
    return { unable: String(error) }
  }
}

/** The one tree that holds these entries. */
export async function treeOf(entries: readonly { readonly path: string; readonly cid: Cid }[]): Promise<Cid> {
  const wrangler = new NodeWrangler(new NodeStore(new MemoryBlockStore()))
  let root: Cid | null = null
  for (const { path, cid } of entries) root = await wrangler.putRecord(root, path, toCidLink(fromString(cid)))
  return root ?? emptyTree()
}

async function emptyTree(): Promise<Cid> {
  return (await (await new NodeStore(new MemoryBlockStore()).get(null)).cid()).$link
}

/** What is no CID of a kind that a tree knows counts as none. */
export function opOf(item: Item): Op {
  return { path: textOf(item, 'path') ?? '', cid: cidIn(item, 'cid'), prev: cidIn(item, 'prev') }
}

function textOf(item: Item, name: string): string | undefined {
  const found = field(item, name)
  return found?.kind === 'text' ? Buffer.from(found.bytes).toString() : undefined
}

function cidIn(item: Item, name: string): Cid | undefined {
  const cid = linkedCid(field(item, name))
  return isNodeCid(cid) ? cidText(cid) : undefined
}

/** Version 1, DAG-CBOR, SHA-256. */
export function isNodeCid(cid: Uint8Array | undefined): cid is Uint8Array {
  return (
    cid?.length === 36 &&
    Buffer.from(cid)
      .subarray(0, 4)
      .equals(Buffer.of(1, 0x71, 0x12, 0x20))
  )
}

export function cidText(cid: Uint8Array): Cid {
  return toString(decode(Buffer.from(cid)))
}
