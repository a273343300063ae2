import { assert, ok, refuse, type Result } from '@waypost/kernel'
import type { CommitFrame } from '#wire/frame.ts'
import { cidOf } from '#wire/link.ts'
import type { Fault } from '#verify/blocks.ts'
import { isOurs, splitPath } from '#verify/collections.ts'
import type { CheckedCommit } from '#verify/commit.ts'
import { EMPTY_TREE } from '#verify/tree.ts'
import type { PublicKey } from '#verify/did-key.ts'
import type { RecordOp } from '#verify/event.ts'

/*
 * What goes between the thread that reads the hosts and those that check commits. Handing things over costs more than
 * moving bytes, so many messages go in one buffer, and of what was found only that comes back which the frame does not
 * say itself: where its records stand is a place in the message, not the record.
 */

/** To a checking thread. The messages stand in `bytes` one after another. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lengths: readonly number[]
  /** `did:key:…`, one a message. */
  readonly keys: readonly string[]
}

/** Back: one a message, in their order. */
export type Verdict = Fault | Found

interface Found {
  readonly data: string
  /** For each op of ours, in order: a delete is DELETE; a record is PUT or PUT_INVALID, where it begins, and its length. */
  readonly ops: readonly number[]
  readonly notes: readonly Fault[]
}

const DELETE = 0
const PUT = 1
const PUT_INVALID = 2

export function packBatch(commits: readonly { readonly frame: CommitFrame; readonly key: PublicKey }[]): Batch {
  const lengths = commits.map(({ frame }) => frame.message.length)
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const { frame } of commits) {
    bytes.set(frame.message, at)
    at += frame.message.length
  }
  return { bytes, lengths, keys: commits.map(({ key }) => key.text) }
}

export function* messagesOf({ bytes, lengths }: Batch): Generator<Uint8Array<ArrayBuffer>> {
  let at = 0
  for (const length of lengths) {
    yield bytes.subarray(at, at + length)
    at += length
  }
}

/** `message`: what the check was given; the records are parts of it. */
export function verdictOf(checked: Result<CheckedCommit, Fault>, message: Uint8Array): Verdict {
  if (!checked.ok) return checked.error
  const { data, notes } = checked.value
  const ops: number[] = []
  for (const op of checked.value.ops) {
    if (op.action === 'delete') {
      ops.push(DELETE)
      continue
    }
    const { record } = op
    const at = record.byteOffset - message.byteOffset
    assert(record.buffer === message.buffer && at >= 0 && at + record.length <= message.length, 'a part of the message')
    ops.push(op.valid ? PUT : PUT_INVALID, at, record.length)
  }
  return { data, ops, notes }
}

/** The same as was found there, made of this thread's own frame. */
export function checkedFrom(verdict: Verdict, frame: CommitFrame): Result<CheckedCommit, Fault> {
  if ('reason' in verdict) return refuse(verdict)
  const { data, notes } = verdict
  const ops: RecordOp[] = []
  let at = 0
  for (const { path, cid } of frame.ops) {
    const { collection, rkey } = splitPath(path)
    if (!isOurs(collection)) continue
    const kind = verdict.ops[at++]
    if (kind === DELETE) {
      ops.push({ action: 'delete', collection, rkey })
      continue
    }
    const begin = verdict.ops[at++]!
    const record = frame.message.subarray(begin, begin + verdict.ops[at++]!)
    ops.push({ action: 'put', collection, rkey, cid: cidOf(cid!), record, valid: kind === PUT })
  }
  assert(at === verdict.ops.length, 'every op has its place')
  const prevData = cidOf(frame.prevData ?? EMPTY_TREE)
  return ok({ rev: frame.rev, since: frame.since, prevData, data, ops, notes })
}
