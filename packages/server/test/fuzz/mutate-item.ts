import type { Dice } from './dice.ts'
import {
  become,
  bytes,
  copyOf,
  integer,
  itemsIn,
  link,
  linkedCid,
  nothing,
  sortKeys,
  text,
  writeItem,
  type Item,
  type MapItem,
} from './item.ts'

/** Texts that some reader somewhere takes for more than text, or for less. */
const TEXTS: readonly Uint8Array[] = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  'null',
  'true',
  'self',
  '.',
  '..',
  '../..',
  '//',
  '#',
  '%00',
  'at://',
  'did:',
  'z',
  '\u0000',
  '\ufeff',
  '\ufffd',
  '\u202e',
  '\u2028',
  '\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67',
  'a\u0301',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2026-02-30T24:61:00+99:99',
  '180.0000',
  '-90',
  '90.00000000000000000001',
  '1e400',
  'NaN',
  'Infinity',
  '+.5',
  '٣',
  'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa',
  'did:web:localhost%3A1',
  'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/a.b.c/1',
  'app.waypost.checkin',
  'app.waypost.checkin#osmRef',
  'com.atproto.repo.strongRef',
  '8a2a1072b59ffff',
  '3l3qo2vuowo2b',
  'https://',
  'http://[::1]:99999',
  'https://user:word@a.example/%ff?#',
  'javascript:0',
  '\\\\a',
  '/\\a',
]
  .map((value) => new Uint8Array(Buffer.from(value)))
  .concat(
    // No UTF-8: half of a surrogate pair, an overlong zero, a stray byte, a code point past the last, one cut off.
    [[0xed, 0xa0, 0x80], [0xc0, 0x80], [0xff], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]].map((raw) =>
      Uint8Array.from(raw),
    ),
  )

/** Names of fields that mean something to JavaScript, to the data model's JSON, or to the order of an object's keys. */
const NAMES = [
  '$type',
  '$link',
  '$bytes',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'toJSON',
  'then',
  'length',
  'hasOwnProperty',
  '',
  '0',
  '1',
  '-1',
  '4294967294',
  '4294967295',
  '00',
  'ä',
  '\u{1f600}',
  '\uffff',
]

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER)
const NUMBERS = [0n, 1n, -1n, 23n, 24n, 255n, 256n, 65_535n, 65_536n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n]
const EDGES = [LARGEST, LARGEST + 1n, -LARGEST, -LARGEST - 1n, 2n ** 64n - 1n, -(2n ** 64n)]
const LENGTHS = [1, 9, 80, 640, 3_000, 9_000]
const DEPTHS = [1, 2, 16, 28, 31, 32, 33, 40, 200]
/** Longer ones are thrown seldom: they cost the campaign more than they find. */
const LONG_LENGTHS = [40_000, 300_000, 1_000_001]
const MANY = [2, 3, 9, 65, 129, 600]
/** More than a container may hold. */
const TOO_MANY = 131_073
/** What one repetition adds. */
const REPEATED_BYTES_MAX = 20_000

/** Anything at all. */
function palette(dice: Dice): Item {
  switch (dice.below(12)) {
    case 0:
      return integer(dice.one(NUMBERS))
    case 1:
      return integer(dice.one(EDGES))
    case 2:
      return text('')
    case 3:
      return { kind: 'text', bytes: dice.one(TEXTS) }
    case 4:
      return bytes(dice.bytes(dice.below(80)))
    case 5:
      return { kind: 'array', items: [] }
    case 6:
      return { kind: 'map', entries: [] }
    case 7:
      return { kind: 'simple', value: dice.one([20, 21, 22, 22, 23, 0, 19]) }
    case 8:
      return { kind: 'float', value: dice.one([0.5, 1, -0, 1e300, Number.NaN, Infinity]) }
    case 9:
      return link(Buffer.concat([Buffer.of(1, 0x71, 0x12, 0x20), dice.bytes(32)]))
    case 10:
      return { kind: 'map', entries: [[text(dice.one(NAMES)), { kind: 'text', bytes: dice.one(TEXTS) }]] }
    default:
      return nothing()
  }
}

function changedText(raw: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(raw.length + 1)
  const [before, after] = [raw.subarray(0, at), raw.subarray(at)]
  switch (dice.below(8)) {
    case 0:
      return before
    case 1:
      return Buffer.concat([before, dice.one(TEXTS), after])
    case 2:
      return dice.one(TEXTS)
    case 3:
      return Buffer.concat([before, Buffer.of(0x20 + dice.below(95)), after.subarray(1)])
    case 4:
      return Buffer.from(Buffer.from(raw).toString('latin1').toUpperCase(), 'latin1')
    case 5:
      return Buffer.concat([raw, raw])
    case 6: {
      const unit = dice.one(['a', ' ', '.', '-', 'é', '\u0301', '\u{1f468}\u200d', '\u{1f1e6}', '0'])
      const count = dice.chance(0.02) ? dice.one(LONG_LENGTHS) : dice.one(LENGTHS)
      return Buffer.concat([before, Buffer.from(unit.repeat(Math.ceil(count / unit.length))), after])
    }
    default:
      return Buffer.concat([before, after.subarray(1)])
  }
}

/** Another kind of CID, or another CID. */
function changedLink(cid: Uint8Array, dice: Dice): Item {
  const changed = Buffer.from(cid)
  switch (dice.below(5)) {
    case 0:
      changed[1] = dice.one([0x55, 0x70, 0x71, 0x00])
      return link(changed)
    case 1:
      changed[dice.below(4)] = dice.below(256)
      return link(changed)
    case 2:
      return link(changed.subarray(0, dice.below(changed.length)))
    case 3:
      return bytes(changed)
    default:
      changed[dice.below(changed.length)]! ^= 1 << dice.below(8)
      return link(changed)
  }
}

function wrapped(item: Item, dice: Dice): Item {
  let outer = copyOf(item)
  for (let left = dice.one(DEPTHS); left > 0; left--) {
    outer = dice.chance(0.8) ? { kind: 'array', items: [outer] } : { kind: 'map', entries: [[text('a'), outer]] }
  }
  return outer
}

function changeOne(item: Item, donors: readonly Item[], dice: Dice): string {
  const dart = dice.below(10)
  if (dart < 2) {
    become(item, palette(dice))
    return 'retype'
  }
  if (dart < 3 && donors.length > 0) {
    become(item, copyOf(dice.one(donors)))
    return 'donate'
  }
  if (dart < 4) {
    become(item, wrapped(item, dice))
    return 'wrap'
  }
  const cid = linkedCid(item)
  if (cid) {
    become(item, changedLink(cid, dice))
    return 'relink'
  }
  if (item.kind === 'text' || item.kind === 'bytes') {
    item.bytes = changedText(item.bytes, dice)
    return 'retext'
  }
  if (item.kind === 'unsigned' || item.kind === 'negative') {
    item.argument = dice.chance(0.5) ? item.argument + 1n : integerOf(dice.one([...NUMBERS, ...EDGES]))
    return 'renumber'
  }
  if (item.kind === 'map') return changeMap(item, dice)
  if (item.kind === 'array') return changeItems(item.items, dice)
  become(item, palette(dice))
  return 'retype'
}

function integerOf(value: bigint): bigint {
  return value < 0n ? -1n - value : value
}

function changeMap(map: MapItem, dice: Dice): string {
  const { entries } = map
  if (entries.length > 0 && dice.chance(0.4)) {
    const entry = dice.one(entries)
    entry[0] = dice.chance(0.6)
      ? text(dice.one(NAMES))
      : dice.chance(0.8)
        ? copyOf(dice.one(entries)[0])
        : palette(dice)
    return 'rename'
  }
  if (dice.chance(0.3)) {
    entries.push([text(dice.one(NAMES)), palette(dice)])
    return 'add'
  }
  return changeItems(entries, dice)
}

/** Elements of an array, or entries of a map. */
function changeItems(items: Item[] | [Item, Item][], dice: Dice): string {
  const list = items as unknown[]
  const at = dice.below(list.length)
  if (list.length === 0) return 'nothing'
  switch (dice.below(4)) {
    case 0:
      list.splice(at, 1)
      return 'drop'
    case 1:
      list.splice(dice.below(list.length + 1), 0, list[at])
      return 'duplicate'
    case 2:
      list.push(...list.splice(at, 1))
      return 'reorder'
    default: {
      const [key, value] = [items[at]!].flat()
      const size = [key, value].reduce((sum, item) => sum + (item ? writeItem(item).length : 0), 0)
      const isTooMany = size < 3 && dice.chance(0.02)
      for (let left = isTooMany ? TOO_MANY : Math.min(dice.one(MANY), REPEATED_BYTES_MAX / size); left >= 1; left--) {
        // A copy each: what is changed in one later on is not changed in all.
        list.push(value ? [copyOf(key!), copyOf(value)] : copyOf(key!))
      }
      return 'repeat'
    }
  }
}

/**
 * Changes a tree in place, once or a few times, where the dice say; mostly the keys of its maps are put in order again
 * afterwards, so that the mutant gets past the scan. `donors`: what may be planted elsewhere. `canonical`: the share
 * of mutants that are put in order.
 */
export function mutateItem(root: Item, donors: readonly Item[], dice: Dice, canonical = 0.9): string {
  const by: string[] = []
  for (let left = dice.few(5); left > 0; left--) {
    const all = [...itemsIn(root)]
    by.push(changeOne(dice.one(all), donors, dice))
  }
  if (dice.chance(canonical)) sortKeys(root)
  return by.join('+')
}
