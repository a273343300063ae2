import { isTid, ok, type Cid, type Did, type Result, type Tid } from '@waypost/kernel'
import type { CommitFrame, FrameOp, SyncFrame } from '#wire/frame.ts'
import { cidOf, type Link } from '#wire/link.ts'
import { fieldNames } from '#wire/scanned.ts'
import { fault, readBlocks, scanBlock, type Blocks, type Fault } from '#verify/blocks.ts'
import { isOurs, splitPath } from '#verify/collections.ts'
import type { PublicKey } from '#verify/did-key.ts'
import type { RecordOp } from '#verify/event.ts'
import { checkRecord } from '#verify/record.ts'
import { signatureHolds, type SignatureCheck } from '#verify/signature.ts'
import { EMPTY_TREE, invertOps } from '#verify/tree.ts'

/** A commit that holds by itself; whether it follows the last one is for `chain.ts`. */
export interface CheckedCommit {
  readonly rev: Tid
  readonly since: Tid | null
  /** The tree before; the empty tree for the first commit. */
  readonly prevData: Cid
  readonly data: Cid
  /** Those of our collections. */
  readonly ops: readonly RecordOp[]
  /** What was wrong with single records; the commit stands all the same. */
  readonly notes: readonly Fault[]
}

/** The signed block of a repository, its signature checked. */
export interface SignedHead {
  readonly did: Did
  readonly rev: Tid
  readonly data: Link
}

/** Of one frame: 200 ops need at most a few thousand blocks. */
const FRAME_BLOCKS_MAX = 20_000
/** The protocol's limit on a record; a larger one reads as deleted. */
export const RECORD_BYTES_MAX = 1_000_000
/**
 * What the ops of one commit may take in the log; past it the commit is refused. Several ops may name one block, so a
 * frame within the protocol's 2 MB could otherwise take a hundred times as much, there and of our time: a record of a
 * megabyte of small values costs 30 ms. Ops that name a block each stay below: 2 MB, and 200 paths.
 */
const COMMIT_BYTES_MAX = 2_500_000
/** What an op takes in the log beside its own texts and its record: the names of its fields, and the lengths. */
const OP_BYTES_MAX = 100

/**
 * Sync 1.1 for one commit: block hashes, the signed fields, the signature, the ops against the tree, and their
 * undoing up to `prevData`. A pure function of the frame and the key.
 */
export function checkCommit(
  frame: CommitFrame,
  key: PublicKey,
  holds: SignatureCheck = signatureHolds,
): Result<CheckedCommit, Fault> {
  const read = readBlocks(frame.blocks, { blocksMax: FRAME_BLOCKS_MAX })
  if (!read.ok) return read
  const blocks = read.value
  if (blocks.root !== frame.commit) return fault('commit-mismatch', 'root')
  const head = checkSignedHead(blocks, key, holds)
  if (!head.ok) return head
  const { did, rev, data } = head.value
  if (did !== frame.did) return fault('commit-mismatch', 'did')
  if (rev !== frame.rev) return fault('commit-mismatch', 'rev')

  const before = invertOps(blocks, data, frame.ops)
  if (!before.ok) return before
  const isFirst = frame.since === null && frame.prevData === undefined
  const expected = isFirst ? EMPTY_TREE : frame.prevData
  if (expected === undefined) return fault('prev-data', 'missing')
  if (before.value !== expected) return fault('prev-data', 'undoing the ops leads elsewhere')

  const notes: Fault[] = []
  const ops: RecordOp[] = []
  let size = 0
  for (const op of frame.ops) {
    const { collection } = splitPath(op.path)
    if (!isOurs(collection)) continue
    const record = recordOp(op, blocks, notes)
    if (!record.ok) return record
    size += loggedBytesMax(record.value)
    if (size > COMMIT_BYTES_MAX) return fault('car-malformed', 'its records together are too large')
    ops.push(record.value)
  }
  return ok({ rev, since: frame.since, prevData: cidOf(expected), data: cidOf(data), ops, notes })
}

/** The signed commit that a `#sync` carries: its rev and its tree. */
export function checkSync(frame: SyncFrame, key: PublicKey): Result<{ readonly rev: Tid; readonly data: Cid }, Fault> {
  const read = readBlocks(frame.blocks, { blocksMax: FRAME_BLOCKS_MAX })
  if (!read.ok) return read
  const head = checkSignedHead(read.value, key)
  if (!head.ok) return head
  const { did, rev, data } = head.value
  if (did !== frame.did) return fault('commit-mismatch', 'did')
  if (rev !== frame.rev) return fault('commit-mismatch', 'rev')
  return ok({ rev, data: cidOf(data) })
}

const SIGNED = fieldNames('did', 'rev', 'sig', 'data', 'version')

/** Reads roots[0] as a signed commit (repository version 3) and checks its signature. */
export function checkSignedHead(
  blocks: Blocks,
  key: PublicKey,
  holds: SignatureCheck = signatureHolds,
): Result<SignedHead, Fault> {
  const bytes = blocks.byLink.get(blocks.root)
  if (!bytes) return fault('block-missing', 'signed commit')
  const scanned = scanBlock(bytes)
  if (!scanned.ok) return scanned
  const signed = scanned.value
  if (!signed) return fault('commit-mismatch', 'not an object')
  const [didAt, revAt, sigAt, dataAt, versionAt] = signed.fields(0, SIGNED)
  if (signed.integer(versionAt) !== 3) return fault('commit-mismatch', 'version')
  const [did, rev, data] = [signed.text(didAt), signed.text(revAt), signed.link(dataAt)]
  if (did === undefined || rev === undefined || !isTid(rev) || data === undefined) {
    return fault('commit-mismatch', 'fields')
  }
  const signature = signed.byteString(sigAt)
  if (!signature) return fault('signature', 'none')
  if (!holds(key, signed.without('sig', sigAt), signature)) return fault('signature', key.curve)
  return ok({ did: did as Did, rev, data })
}

/** At most so many bytes an op takes in an entry of the log, which holds a limited number of them. */
export function loggedBytesMax(op: RecordOp): number {
  const path = op.collection.length + op.rkey.length
  return OP_BYTES_MAX + path + (op.action === 'put' ? op.cid.length + op.record.length : 0)
}

function recordOp(op: FrameOp, blocks: Blocks, notes: Fault[]): Result<RecordOp, Fault> {
  const { collection, rkey } = splitPath(op.path)
  if (op.cid === undefined) return ok({ action: 'delete', collection, rkey })
  const record = blocks.byLink.get(op.cid)
  if (!record) return fault('block-missing', `record in ${collection}`)
  return ok(judgeRecord(op.path, cidOf(op.cid), record, notes))
}

/**
 * What a record of ours becomes in an event. One that is not even of the data model, or too large, reads as deleted:
 * whoever decodes a record from the log can count on its form. One that breaks its lexicon is kept and marked.
 */
export function judgeRecord(path: string, cid: Cid, record: Uint8Array, notes: Fault[]): RecordOp {
  const { collection, rkey } = splitPath(path)
  const scanned =
    record.length > RECORD_BYTES_MAX ? fault('record-invalid', 'larger than the protocol allows') : scanBlock(record)
  if (!scanned.ok) {
    notes.push(scanned.error)
    return { action: 'delete', collection, rkey }
  }
  const checked = isOurs(collection) ? checkRecord(collection, rkey, scanned.value) : ok(undefined)
  if (!checked.ok) notes.push(checked.error)
  return { action: 'put', collection, rkey, cid, record, valid: checked.ok }
}
