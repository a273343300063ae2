import { setImmediate as letOthers } from 'node:timers/promises'
import { ok, type Did, type Result, type Tid } from '@waypost/kernel'
import { cidOf, linkOf } from '#wire/link.ts'
import { fault, readManyBlocks, type Fault } from '#verify/blocks.ts'
import { isOurs, splitPath } from '#verify/collections.ts'
import { checkSignedHead, judgeRecord, loggedBytesMax } from '#verify/commit.ts'
import type { PublicKey } from '#verify/did-key.ts'
import type { RecordPut } from '#verify/event.ts'
import { readTree, type TreeEntry } from '#verify/tree.ts'

/** A whole repository that holds: signed by its owner, and each record in the signed tree. */
export interface CheckedRepo {
  readonly did: Did
  readonly rev: Tid
  readonly data: string
  /** Those of our collections. */
  readonly records: readonly RecordPut[]
  readonly notes: readonly Fault[]
  /** Every path of the tree, ours or not. */
  readonly entries: readonly TreeEntry[]
}

const REPO_BLOCKS_MAX = 4_000_000
/** After this many records others have a turn. */
const RECORDS_PER_TURN = 200
/** What a repository's records of ours may take in the log; past it the repository is refused: no entry holds it. */
export const REPO_LOGGED_BYTES_MAX = 48 * 1_024 * 1_024

/** In: what `com.atproto.sync.getRepo` answered. The signature, every block and the whole tree are checked. */
export async function checkRepo(car: Uint8Array, did: Did, key: PublicKey): Promise<Result<CheckedRepo, Fault>> {
  const read = await readManyBlocks(car, { blocksMax: REPO_BLOCKS_MAX })
  if (!read.ok) return read
  const blocks = read.value
  const head = checkSignedHead(blocks, key)
  if (!head.ok) return head
  if (head.value.did !== did) return fault('commit-mismatch', 'did')
  const tree = readTree(blocks, head.value.data)
  if (!tree.ok) return tree
  const notes: Fault[] = []
  const records: RecordPut[] = []
  let size = 0
  let judgedCount = 0
  for (const { path, cid } of tree.value) {
    if (!isOurs(splitPath(path).collection)) continue
    const record = blocks.byLink.get(linkOf(cid))
    if (!record) return fault('block-missing', 'record')
    if (++judgedCount % RECORDS_PER_TURN === 0) await letOthers()
    const judged = judgeRecord(path, cid, record, notes)
    if (judged.action !== 'put') continue
    size += loggedBytesMax(judged)
    if (size > REPO_LOGGED_BYTES_MAX) return fault('car-malformed', 'its records together are too large')
    // The CAR is let go: a record that stays a view into it would keep all of it.
    records.push({ ...judged, record: record.slice() })
  }
  return ok({ did, rev: head.value.rev, data: cidOf(head.value.data), records, notes, entries: tree.value })
}
