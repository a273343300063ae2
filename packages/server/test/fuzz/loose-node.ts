import { bytes, integer, link, linkedCid, field, mapOf, nothing, readWhole, sortKeys, writeItem } from './item.ts'
import type { Item } from './item.ts'

/** A node of the tree with its keys whole and nothing promised: out of order, at the wrong height, twice. */
export interface LooseNode {
  first: Buffer | undefined
  entries: LooseEntry[]
}

export interface LooseEntry {
  key: string
  value: Buffer
  after: Buffer | undefined
}

/** Undefined for a block that is no node. */
export function readLooseNode(block: Uint8Array): LooseNode | undefined {
  try {
    const item = readWhole(block)
    const list = field(item, 'e')
    if (list?.kind !== 'array') return undefined
    let before = ''
    const entries = list.items.map((entry): LooseEntry => {
      const [suffix, shared] = [field(entry, 'k'), field(entry, 'p')]
      const value = linkedCid(field(entry, 'v'))
      if (suffix?.kind !== 'bytes' || shared?.kind !== 'unsigned' || !value) throw new RangeError('entry')
      before = before.slice(0, Number(shared.argument)) + Buffer.from(suffix.bytes).toString('latin1')
      return { key: before, value: Buffer.from(value), after: cidIn(field(entry, 't')) }
    })
    return { first: cidIn(field(item, 'l')), entries }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function cidIn(item: Item | undefined): Buffer | undefined {
  const cid = linkedCid(item)
  return cid && Buffer.from(cid)
}

/** `thrifty`: prefixes as long as they can be, which is the one right form. */
export function writeLooseNode({ first, entries }: LooseNode, thrifty = true): Buffer {
  let before = ''
  const list = entries.map(({ key, value, after }) => {
    const shared = thrifty ? sharedLength(before, key) : 0
    before = key
    return mapOf({
      k: bytes(Buffer.from(key.slice(shared), 'latin1')),
      p: integer(shared),
      t: after ? link(after) : nothing(),
      v: link(value),
    })
  })
  const node = mapOf({ e: { kind: 'array', items: list }, l: first ? link(first) : nothing() })
  sortKeys(node)
  return writeItem(node)
}

function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}
