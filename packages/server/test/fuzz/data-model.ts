import { itemsIn, linkedCid, readWhole, writeItem, type Item } from './item.ts'

/*
 * The AT Protocol's data model in DAG-CBOR (atproto.com/specs/data-model), said a second time: slowly, over a tree,
 * without a line of the one that is tested. The limits are those that `prescan.ts` names.
 */

const DEPTH_MAX = 32
const CONTAINER_MAX = 131_072
const KEY_BYTES_MAX = 8_192
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype', '$link', '$bytes'])

/** Whether the bytes are one value of the data model, in its one encoding. */
export function isOfDataModel(source: Uint8Array): boolean {
  try {
    const item = readWhole(source)
    return depthOf(item) <= DEPTH_MAX && [...itemsIn(item)].every(isAllowed) && linksAreBare(item)
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return false
    throw error
  }
}

function isAllowed(item: Item): boolean {
  switch (item.kind) {
    case 'unsigned':
      return item.argument <= BigInt(Number.MAX_SAFE_INTEGER)
    case 'negative':
      return -1n - item.argument >= BigInt(Number.MIN_SAFE_INTEGER)
    case 'bytes':
      return item.bytes.length <= Number.MAX_SAFE_INTEGER
    case 'text':
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(item.bytes)
      return true
    case 'array':
      return item.items.length <= CONTAINER_MAX
    case 'map':
      return item.entries.length <= CONTAINER_MAX && item.entries.every(([key]) => keyIsAllowed(key)) && rises(item)
    case 'tag':
      return item.tag === 42n && isCid(linkedCid(item))
    case 'simple':
      return item.value >= 20 && item.value <= 22
    case 'float':
    case 'raw':
      return false
  }
}

function keyIsAllowed(key: Item): boolean {
  return key.kind === 'text' && key.bytes.length <= KEY_BYTES_MAX && !FORBIDDEN.has(Buffer.from(key.bytes).toString())
}

function rises({ entries }: { entries: readonly [Item, Item][] }): boolean {
  const keys = entries.map(([key]) => writeItem(key))
  return keys.every((key, index) => {
    const before = keys[index - 1]
    return !before || key.length > before.length || (key.length === before.length && key.compare(before) > 0)
  })
}

function isCid(cid: Uint8Array | undefined): boolean {
  if (cid?.length !== 36) return false
  return cid[0] === 1 && (cid[1] === 0x71 || cid[1] === 0x55) && cid[2] === 0x12 && cid[3] === 0x20
}

/** A link is the tag around its bytes, which begin with a zero. */
function linksAreBare(item: Item): boolean {
  return [...itemsIn(item)].every(
    (inner) => inner.kind !== 'tag' || (inner.of.kind === 'bytes' && inner.of.bytes[0] === 0),
  )
}

/** Containers around the deepest item; a tag around a byte string is none. */
function depthOf(item: Item): number {
  const inner =
    item.kind === 'array' ? item.items : item.kind === 'map' ? item.entries.map(([, value]) => value) : undefined
  return inner ? inner.reduce((deepest, each) => Math.max(deepest, 1 + depthOf(each)), 1) : 0
}
