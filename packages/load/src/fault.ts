import { hash } from 'node:crypto'
import { fromUint8Array } from '@atcute/car'
import * as CBOR from '@atcute/cbor'
import { fromDigest, toCidLink } from '@atcute/cid'
import { tidMicros } from '@waypost/kernel'
import { encodeCar, type Block } from './car.ts'
import { commitFrame, type Stamp } from './frame.ts'
import { deriveSigningKey } from './key.ts'
import type { RepoWrite, SignedCommit, SignedRepo } from './signed-repo.ts'

/** One way in which a commit's message can be bad. Each is bad in this one way only. */
export type Fault = (typeof FAULTS)[number]

export const FAULTS = [
  /** More than the 5 MB that a message may have. */
  'oversized',
  /** The last third is missing. */
  'truncated',
  /** A field of the message nested past all sense. */
  'deep-frame',
  /** No CBOR at all. */
  'noise',
  /** A message of a type that nobody knows. */
  'unknown-type',
  'not-a-car',
  /** The root of the tree is left out. */
  'missing-block',
  /** One bit of a record is not as its CID says. */
  'block-hash',
  /** One bit of it is wrong. */
  'signature',
  /** Well signed, by somebody else. */
  'other-key',
  /** The other of the two numbers by which the same signature can be said; only the low one is valid. */
  'high-s',
  /** The message says another rev than the signed commit. */
  'rev-mismatch',
  /** An op names another record than the tree does. */
  'op-mismatch',
  'prev-data',
  'prev-data-missing',
  /** Well signed, but a day ahead. */
  'future-rev',
  /** A minute more than is allowed for clocks that differ. */
  'soon-rev',
  /** As far ahead as a rev can be. */
  'last-rev',
  /** Well signed, but before the commit that it follows, if there is one. */
  'past-rev',
  'seq-negative',
  'seq-fraction',
  'seq-text',
  'seq-missing',
  /** The first number past those that are exact everywhere. */
  'seq-too-large',
] as const

const OVERSIZED_BYTES = 5_100_000
const DEEP_FRAME_LEVELS = 20_000
const DAY_MICROS = 86_400_000_000
const SOON_MICROS = 6 * 60_000_000
const LAST_MICROS = 2 ** 53 - 1

/** How many points each curve has: a signature's s and this less s are twins. */
const CURVE_ORDER = {
  k256: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
} as const

/**
 * The message of the commit that `writes` would make, spoilt in the one way named. The repository stays as it is.
 * `writes` must hold a create or an update.
 */
export async function spoiltFrame(
  fault: Fault,
  repo: SignedRepo,
  writes: readonly RepoWrite[],
  options: {
    readonly stamp: Stamp
    /** Microseconds since 1970: for the rev, and the present. */
    readonly at: number
    readonly nowMicros: number
  },
): Promise<Uint8Array> {
  const { stamp, at, nowMicros } = options
  const honest = await repo.draft(writes, { at })
  const frame = (changes: Partial<SignedCommit>): Uint8Array => commitFrame(stamp, { ...honest, ...changes })
  switch (fault) {
    case 'oversized':
      return Buffer.concat([frame({}), new Uint8Array(OVERSIZED_BYTES)])
    case 'truncated':
      return frame({}).subarray(0, Math.floor((frame({}).length * 2) / 3))
    case 'deep-frame':
      return deepFrame(stamp)
    case 'noise':
      return new Uint8Array(64).fill(0xff)
    case 'unknown-type':
      return Buffer.concat([CBOR.encode({ op: 1, t: '#weather' }), CBOR.encode({ ...stamp })])
    case 'not-a-car':
      return frame({ blocks: new Uint8Array(200).fill(7) })
    case 'missing-block':
      return frame({ blocks: recar(honest, (blocks) => blocks.toSpliced(1, 1)) })
    case 'block-hash':
      return frame({ blocks: flipped(honest.blocks) })
    case 'signature':
      return frame(await resigned(honest, ({ signature }) => signature.with(10, signature[10]! ^ 1)))
    case 'other-key': {
      const other = await deriveSigningKey(`not ${repo.did}`, repo.curve)
      return frame(await resigned(honest, ({ unsigned }) => other.sign(unsigned)))
    }
    case 'high-s':
      return frame(await resigned(honest, ({ signature }) => twinOf(signature, repo.curve)))
    case 'rev-mismatch':
      return frame({ rev: (await repo.draft(writes, { at: at + 1_000 })).rev })
    case 'op-mismatch':
      return frame({ ops: honest.ops.map((op) => (op.cid ? { ...op, cid: honest.commit } : op)) })
    case 'prev-data':
      return frame({ prevData: honest.data, since: honest.since ?? honest.rev })
    case 'prev-data-missing':
      return frame({ prevData: null, since: honest.since ?? honest.rev })
    case 'future-rev':
      return commitFrame(stamp, await repo.draft(writes, { at: nowMicros + DAY_MICROS }))
    case 'soon-rev':
      return commitFrame(stamp, await repo.draft(writes, { at: nowMicros + SOON_MICROS }))
    case 'last-rev':
      return commitFrame(stamp, await repo.draft(writes, { at: LAST_MICROS }))
    case 'past-rev':
      return commitFrame(stamp, await repo.draft(writes, { at: revMicros(repo) - 1, isLate: true }))
    case 'seq-negative':
      return commitFrame({ ...stamp, seq: -1 }, honest)
    case 'seq-fraction':
      return commitFrame({ ...stamp, seq: stamp.seq + 0.5 }, honest)
    case 'seq-text':
      return commitFrame({ ...stamp, seq: String(stamp.seq) as unknown as number }, honest)
    case 'seq-missing':
      return commitFrame({ time: stamp.time } as Stamp, honest)
    case 'seq-too-large':
      return pastSafe(commitFrame({ ...stamp, seq: Number.MAX_SAFE_INTEGER }, honest))
  }
}

function revMicros({ head }: SignedRepo): number {
  return head ? tidMicros(head.rev) : 1
}

/** The encoder would not write it: the largest number that it does write, in nine bytes, becomes the next one. */
function pastSafe(frame: Uint8Array): Uint8Array {
  const bytes = Buffer.from(frame)
  const at = bytes.indexOf(Buffer.from('1b001fffffffffffff', 'hex'))
  return Buffer.concat([bytes.subarray(0, at), Buffer.from('1b0020000000000000', 'hex'), bytes.subarray(at + 9)])
}

function deepFrame(stamp: Stamp): Uint8Array {
  const deep = new Uint8Array(DEEP_FRAME_LEVELS).fill(0x81)
  deep[deep.length - 1] = 0x80
  const body = CBOR.encode({ ...stamp, deep: [] })
  // The encoder's stack would not hold this, so the empty array at the key `deep` is replaced in the bytes. Keys are
  // sorted by length, then bytes: seq, deep, time. Thus it stands right before the key `time`.
  const at = Buffer.from(body).indexOf(Buffer.concat([CBOR.encode('deep'), Uint8Array.of(0x80)])) + 5
  return Buffer.concat([CBOR.encode({ op: 1, t: '#identity' }), body.subarray(0, at), deep, body.subarray(at + 1)])
}

function recar(commit: SignedCommit, change: (blocks: readonly Block[]) => readonly Block[]): Uint8Array<ArrayBuffer> {
  const blocks = [...fromUint8Array(commit.blocks)].map(({ cid, bytes }) => ({ cid: toCidLink(cid), bytes }))
  return encodeCar({ $link: commit.commit }, change(blocks))
}

/** The last block of a CAR of ours is a record. */
function flipped(car: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = car.slice()
  bytes[bytes.length - 1]! ^= 1
  return bytes
}

/** The block has the CID of its bytes, so that the signature is all that is wrong. */
async function resigned(
  commit: SignedCommit,
  sign: (of: {
    readonly unsigned: Uint8Array
    readonly signature: Uint8Array<ArrayBuffer>
  }) => Uint8Array | Promise<Uint8Array>,
): Promise<Pick<SignedCommit, 'commit' | 'blocks'>> {
  const blocks = [...fromUint8Array(commit.blocks)].map(({ cid, bytes }) => ({ cid: toCidLink(cid), bytes }))
  const { sig, ...unsigned } = CBOR.decode(blocks[0]!.bytes)
  const signature = await sign({ unsigned: CBOR.encode(unsigned), signature: CBOR.fromBytes(sig).slice() })
  const bytes = CBOR.encode({ ...unsigned, sig: CBOR.toBytes(new Uint8Array(signature)) })
  const cid = toCidLink(fromDigest(0x71, new Uint8Array(hash('sha256', bytes, 'buffer'))))
  return { commit: cid.$link, blocks: encodeCar(cid, [{ cid, bytes }, ...blocks.slice(1)]) }
}

function twinOf(signature: Uint8Array, curve: SignedRepo['curve']): Uint8Array {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
  const twin = (CURVE_ORDER[curve] - s).toString(16).padStart(64, '0')
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(twin, 'hex')])
}
