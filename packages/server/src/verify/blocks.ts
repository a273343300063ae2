import { hash } from 'node:crypto'
import { setImmediate as letOthers } from 'node:timers/promises'
import { ok, refuse, type Result } from '@waypost/kernel'
import { cidOf, hashIn, isToCbor, LINK_BYTES, linkAt, type Link } from '#wire/link.ts'
import { prescan, prescanFirst, type CborFault } from '#wire/prescan.ts'
import { fieldNames, Scanned } from '#wire/scanned.ts'
import type { RefusalReason } from '#verify/refusal.ts'

/** A CAR whose every block hashes to its CID. */
export interface Blocks {
  /** roots[0]: the signed commit. */
  readonly root: Link
  /** Those of DAG-CBOR: a repository is made of nothing else. */
  readonly byLink: ReadonlyMap<Link, Uint8Array>
}

/** Why a step of the verification failed: the reason that is counted, and what exactly for the log line. */
export interface Fault {
  readonly reason: RefusalReason
  readonly detail: string
}

export function fault(reason: RefusalReason, detail: string): { readonly ok: false; readonly error: Fault } {
  return refuse({ reason, detail })
}

/** A header names a version and roots; a longer one is refused. */
const CAR_HEADER_BYTES_MAX = 4_096

/** After this many blocks the reading of a large CAR lets others have a turn. */
const BLOCKS_PER_TURN = 2_000

/**
 * Reads a CAR (version 1) and hashes every block. `blocksMax`: more blocks than that are refused.
 * Blocks that nothing refers to stay where they are and do no harm; of two blocks with one CID both hash to it.
 */
export function readBlocks(car: Uint8Array, options: { blocksMax: number }): Result<Blocks, Fault> {
  const reading = readInTurns(car, options)
  for (;;) {
    const turn = reading.next()
    if (turn.done) return turn.value
  }
}

/** The same for a CAR of any size: nobody else waits for more than a few milliseconds. */
export async function readManyBlocks(car: Uint8Array, options: { blocksMax: number }): Promise<Result<Blocks, Fault>> {
  const reading = readInTurns(car, options)
  for (;;) {
    const turn = reading.next()
    if (turn.done) return turn.value
    await letOthers()
  }
}

function* readInTurns(
  car: Uint8Array,
  { blocksMax }: { blocksMax: number },
): Generator<undefined, Result<Blocks, Fault>, undefined> {
  const bytes = Buffer.from(car.buffer, car.byteOffset, car.byteLength)
  const header = readHeader(bytes)
  if (!header.ok) return header
  const blocks = new Map<Link, Uint8Array>()
  let at = header.value.end
  for (let count = 1; at < bytes.length; count++) {
    if (count > blocksMax) return fault('car-malformed', `more than ${blocksMax} blocks`)
    const length = readLength(bytes, at)
    if (!length) return fault('car-malformed', 'length of a block')
    const begin = length.end
    const end = begin + length.value
    if (end > bytes.length) return fault('car-malformed', 'block cut off')
    if (length.value < LINK_BYTES || !isLink(bytes, begin)) return fault('car-malformed', 'CID of another kind')
    const block = bytes.subarray(begin + LINK_BYTES, end)
    const link = linkAt(bytes, begin)
    // As text, one character a byte: comparing texts is quicker than making a buffer for each hash.
    if (hash('sha256', block, 'binary') !== hashIn(link)) return fault('block-hash', cidOf(link))
    if (isToCbor(link)) blocks.set(link, block)
    at = end
    if (count % BLOCKS_PER_TURN === 0) yield
  }
  return ok({ root: header.value.root, byLink: blocks })
}

/** Version 1, of DAG-CBOR (or raw bytes, which nothing refers to), hashed by SHA-256. */
function isLink(bytes: Buffer, at: number): boolean {
  const [version, codec, hashing, length] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  return version === 1 && (codec === 0x71 || codec === 0x55) && hashing === 0x12 && length === 0x20
}

/** An unsigned LEB128 of up to four bytes, above 0. */
function readLength(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 128 ** index
    if (byte < 128) return value > 0 ? { value, end: at + index + 1 } : undefined
  }
  return undefined
}

const CAR_HEADER = fieldNames('roots', 'version')

function readHeader(bytes: Buffer): Result<{ readonly root: Link; readonly end: number }, Fault> {
  const length = readLength(bytes, 0)
  if (!length || length.value > CAR_HEADER_BYTES_MAX) return fault('car-malformed', 'header length')
  const end = length.end + length.value
  if (end > bytes.length) return fault('car-malformed', 'header cut off')
  const scanned = prescanFirst(bytes, length.end)
  if (!scanned.ok) return fault('car-malformed', `header: ${scanned.error}`)
  if (scanned.value !== end) return fault('car-malformed', 'header length')
  const header = Scanned.ofMap(bytes.subarray(length.end, end))
  if (!header) return fault('car-malformed', 'header: not a map')
  const [rootsAt, versionAt] = header.fields(0, CAR_HEADER)
  const first = header.items(rootsAt)?.[0]
  const root = first === undefined ? undefined : header.link(first)
  if (header.integer(versionAt) !== 1 || root === undefined) return fault('car-malformed', 'no root')
  return ok({ root, end })
}

/** A block to read values from, looked over first; undefined where it holds no map. */
export function scanBlock(bytes: Uint8Array): Result<Scanned | undefined, Fault> {
  const end = prescan(bytes)
  return end.ok ? ok(Scanned.ofMap(bytes)) : fault(reasonOf(end.error), end.error)
}

function reasonOf(fault: CborFault): 'cbor-too-deep' | 'cbor-malformed' {
  return fault === 'too-deep' ? 'cbor-too-deep' : 'cbor-malformed'
}
