import { fromUint8Array } from '@atcute/car'
import { toString } from '@atcute/cid'
import { decode } from '@atcute/cbor'
import { hash } from 'node:crypto'
import { setImmediate as letOthers } from 'node:timers/promises'
import { ok, refuse, type Cid, type Result } from '@waypost/kernel'
import { prescan, prescanFirst, type CborFault } from '#wire/prescan.ts'
import type { RefusalReason } from '#verify/refusal.ts'

/** A CAR whose every block hashes to its CID. */
export interface Blocks {
  /** roots[0]: the signed commit. */
  readonly root: Cid
  get(cid: Cid): Uint8Array | undefined
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
  const header = scanHeader(car)
  if (!header.ok) return header
  const blocks = new Map<Cid, Uint8Array>()
  try {
    const reader = fromUint8Array(car)
    const root = reader.roots[0]
    if (!root) return fault('car-malformed', 'no root')
    let count = 0
    for (const { cid, bytes } of reader) {
      if (++count > blocksMax) return fault('car-malformed', `more than ${blocksMax} blocks`)
      if (!hash('sha256', bytes, 'buffer').equals(cid.digest.contents)) return fault('block-hash', toString(cid))
      blocks.set(toString(cid), bytes)
      if (count % BLOCKS_PER_TURN === 0) yield
    }
    return ok({ root: root.$link, get: (cid) => blocks.get(cid) })
  } catch (error) {
    return fault('car-malformed', String(error))
  }
}

/** The header is CBOR from a stranger like any other, so it is looked over before the library decodes it. */
function scanHeader(car: Uint8Array): Result<undefined, Fault> {
  let length = 0
  let at = 0
  for (;;) {
    const byte = car[at]
    if (byte === undefined || at > 2) return fault('car-malformed', 'no header')
    length += (byte & 0x7f) * 128 ** at++
    if (byte < 128) break
  }
  if (length === 0 || length > CAR_HEADER_BYTES_MAX) return fault('car-malformed', 'header length')
  if (at + length > car.length) return fault('car-malformed', 'header cut off')
  const end = prescanFirst(car, at)
  if (!end.ok) return fault('car-malformed', `header: ${end.error}`)
  return end.value === at + length ? ok(undefined) : fault('car-malformed', 'header length')
}

/** A block's value, looked over first. What comes out holds only what the data model knows. */
export function decodeBlock(bytes: Uint8Array): Result<unknown, Fault> {
  const end = prescan(bytes)
  if (!end.ok) return fault(reasonOf(end.error), end.error)
  try {
    return ok(decode(bytes) as unknown)
  } catch (error) {
    return fault('cbor-malformed', String(error))
  }
}

export function reasonOf(fault: CborFault): 'cbor-too-deep' | 'cbor-malformed' {
  return fault === 'too-deep' ? 'cbor-too-deep' : 'cbor-malformed'
}
