import type { Dice } from './dice.ts'

/** Bytes that stand at the head of something in CBOR or in a length, at an extreme. */
const EXTREMES = [0x00, 0x1b, 0x3b, 0x5b, 0x5f, 0x7b, 0x7f, 0x80, 0x9b, 0x9f, 0xa0, 0xbb, 0xbf, 0xd8, 0xf6, 0xfb, 0xff]
const CHUNK_BYTES_MAX = 96
/** How often a chunk is repeated: seldom enough times to make a mutant large. */
const REPEATS = [2, 2, 3, 8, 40, 400]

type Mutator = (bytes: Buffer, other: Uint8Array, dice: Dice) => Buffer

const MUTATORS: Readonly<Record<string, Mutator>> = {
  flip(bytes, _other, dice) {
    bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8)
    return bytes
  },
  noise(bytes, _other, dice) {
    for (let turn = 0; turn < 8; turn++) bytes[dice.below(bytes.length)] = dice.below(256)
    return bytes
  },
  extreme(bytes, _other, dice) {
    bytes[dice.below(bytes.length)] = dice.one(EXTREMES)
    return bytes
  },
  /** Next to what it was: lengths and counts by one too many or too few. */
  step(bytes, _other, dice) {
    bytes[dice.below(bytes.length)]! += dice.chance(0.5) ? 1 : 255
    return bytes
  },
  truncate: (bytes, _other, dice) => bytes.subarray(0, dice.below(bytes.length)),
  cut(bytes, _other, dice) {
    const at = dice.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(CHUNK_BYTES_MAX))])
  },
  insert(bytes, _other, dice) {
    const at = dice.below(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, at), dice.bytes(1 + dice.below(8)), bytes.subarray(at)])
  },
  graft(bytes, other, dice) {
    const at = dice.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), chunkOf(other, dice), bytes.subarray(at)])
  },
  overwrite(bytes, other, dice) {
    const chunk = chunkOf(other, dice)
    bytes.set(chunk.subarray(0, bytes.length), dice.below(Math.max(1, bytes.length - chunk.length)))
    return bytes
  },
  splice: (bytes, other, dice) =>
    Buffer.concat([bytes.subarray(0, dice.below(bytes.length)), other.subarray(dice.below(other.length))]),
  repeat(bytes, _other, dice) {
    const at = dice.below(bytes.length)
    const chunk = chunkOf(bytes.subarray(at), dice)
    return Buffer.concat([bytes.subarray(0, at), ...Array<Buffer>(dice.one(REPEATS)).fill(chunk), bytes.subarray(at)])
  },
  /** Makes a head claim a length of eight bytes. */
  lengthen(bytes, _other, dice) {
    const at = dice.below(bytes.length)
    const claim = dice.chance(0.5) ? Buffer.alloc(8, 0xff) : Buffer.of(0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff)
    const raised = Buffer.of((bytes[at]! & 0xe0) | 0x1b)
    return Buffer.concat([bytes.subarray(0, at), raised, claim, bytes.subarray(at + 1)])
  },
}

function chunkOf(bytes: Uint8Array, dice: Dice): Buffer {
  const from = dice.below(Math.max(1, bytes.length))
  return Buffer.from(bytes.subarray(from, from + 1 + dice.below(CHUNK_BYTES_MAX)))
}

/** One change, rarely more, that knows nothing of what the bytes mean. `other`: where grafts come from. */
export function mutateBytes(original: Uint8Array, other: Uint8Array, dice: Dice): { bytes: Buffer; by: string } {
  let bytes: Buffer = Buffer.from(original)
  const by: string[] = []
  for (let left = dice.few(4); left > 0 && bytes.length > 0; left--) {
    const name = dice.one(Object.keys(MUTATORS))
    by.push(name)
    bytes = MUTATORS[name]!(bytes, other, dice)
  }
  return { bytes, by: by.join('+') }
}
