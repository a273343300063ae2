import { hash } from 'node:crypto'
import type { SigningKey } from '@waypost/load'
import { rootOf, type LooseCar } from './car.ts'
import { become, bytes, dropField, field, itemsIn, link, linkedCid, readWhole, setField, sortKeys } from './item.ts'
import { writeItem, type Item } from './item.ts'

/** Blocks that name each other in a circle have no end: then some stay wrongly hashed. */
const ROUNDS_MAX = 2_000

/** CIDs that changed, in hexadecimal, and what they are now. */
export type Renames = ReadonlyMap<string, Buffer>

/**
 * Makes a changed CAR whole again, in place: every block hashes to its CID, whoever named it by the old one names it by
 * the new one, and the root is signed by `key`. Such a mutant gets past the hashes and the signature, to what is behind.
 */
export async function reseal(car: LooseCar, key: SigningKey): Promise<Renames> {
  const renames = new Map<string, Buffer>()
  const root = rootOf(car)
  const signed = root && car.blocks.find((block) => block.cid.equals(root))
  const first = new Map(car.blocks.map((block) => [block, block.cid.toString('hex')]))
  const waiting = new Set(car.blocks.filter((block) => block !== signed))
  let rounds = 0
  for (const block of waiting) {
    waiting.delete(block)
    if (isHashed(block)) continue
    if (++rounds > ROUNDS_MAX) break
    const fresh = cidFor(block)
    for (const each of car.blocks) {
      const bytes = each === block ? each.bytes : replaced(each.bytes, block.cid, fresh)
      // Whoever names it is another block now, and looked at again.
      if (bytes !== each.bytes && each !== signed) waiting.add(each)
      each.bytes = bytes
    }
    block.cid = fresh
    renames.set(first.get(block)!, fresh)
  }
  if (!signed) return renames
  signed.bytes = await signedAnew(signed.bytes, key)
  if (!isHashed(signed)) {
    const fresh = cidFor(signed)
    renames.set(signed.cid.toString('hex'), fresh)
    signed.cid = fresh
    renameLinks(car.header, renames)
  }
  return renames
}

/** Names by its new CID whatever an item names by an old one. */
export function renameLinks(item: Item, renames: Renames): void {
  for (const inner of itemsIn(item)) {
    const cid = linkedCid(inner)
    const fresh = cid && renames.get(Buffer.from(cid).toString('hex'))
    if (fresh) become(inner, link(fresh))
  }
}

/** What is no map cannot be signed, and stays. */
async function signedAnew(block: Buffer, key: SigningKey): Promise<Buffer> {
  const commit = readable(block)
  if (commit?.kind !== 'map' || !field(commit, 'sig')) return block
  dropField(commit, 'sig')
  const signature = await key.sign(writeItem(commit))
  setField(commit, 'sig', bytes(signature))
  sortKeys(commit)
  return writeItem(commit)
}

/** Mutants need not be CBOR at all. */
export function readable(source: Uint8Array): Item | undefined {
  try {
    return readWhole(source)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

export function cidFor({ cid, bytes: block }: { readonly cid: Buffer; readonly bytes: Uint8Array }): Buffer {
  return Buffer.concat([cid.subarray(0, 4), hash('sha256', block, 'buffer')])
}

function isHashed(block: { readonly cid: Buffer; readonly bytes: Uint8Array }): boolean {
  return block.cid.equals(cidFor(block))
}

function replaced(block: Buffer, old: Buffer, fresh: Buffer): Buffer {
  let at = block.indexOf(old)
  if (at < 0) return block
  const changed = Buffer.from(block)
  for (; at >= 0; at = changed.indexOf(old, at + old.length)) changed.set(fresh, at)
  return changed
}
