import { linkedCid, field, readItem, writeItem, type Item } from './item.ts'

/** A block as a CAR has it: its bytes need not hash to its CID. */
export interface LooseBlock {
  cid: Buffer
  bytes: Buffer
}

export interface LooseCar {
  header: Item
  blocks: LooseBlock[]
}

const CID_BYTES = 36

/** Takes apart a CAR (version 1) that is well-formed; throws a RangeError where it is not. */
export function readCar(source: Uint8Array): LooseCar {
  const bytes = Buffer.from(source)
  const first = readVarint(bytes, 0)
  const header = readItem(bytes.subarray(first.end, first.end + first.value)).item
  const blocks: LooseBlock[] = []
  for (let at = first.end + first.value; at < bytes.length;) {
    const length = readVarint(bytes, at)
    at = length.end + length.value
    if (length.value < CID_BYTES || at > bytes.length) throw new RangeError('block')
    const body = length.end + CID_BYTES
    blocks.push({ cid: bytes.subarray(length.end, body), bytes: bytes.subarray(body, at) })
  }
  return { header, blocks }
}

export function writeCar({ header, blocks }: LooseCar): Buffer {
  const written = writeItem(header)
  return Buffer.concat([
    writeVarint(written.length),
    written,
    ...blocks.flatMap(({ cid, bytes }) => [writeVarint(cid.length + bytes.length), cid, bytes]),
  ])
}

/** What `roots` names first. */
export function rootOf(car: LooseCar): Buffer | undefined {
  const roots = field(car.header, 'roots')
  const cid = roots?.kind === 'array' ? linkedCid(roots.items[0]) : undefined
  return cid && Buffer.from(cid)
}

function readVarint(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) break
    value += (byte & 127) * 128 ** index
    if (byte < 128) return { value, end: at + index + 1 }
  }
  throw new RangeError('length')
}

function writeVarint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}
