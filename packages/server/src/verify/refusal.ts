import type { FrameFault } from '#wire/frame.ts'

/**
 * Why something of a stranger's was not let in. A closed list: each has a counter in `/metrics` and a test.
 * The text is the metric's label, so it never changes its meaning.
 */
export type RefusalReason =
  | FrameFault
  /** `blocks` is not a CAR, exceeds its limits, or lacks a block that the check needs. */
  | 'car-malformed'
  | 'block-missing'
  /** A block's bytes do not hash to its CID. */
  | 'block-hash'
  /** Bytes of a block are not DAG-CBOR as the data model demands (floats, big integers, bad UTF-8, forbidden keys). */
  | 'cbor-malformed'
  | 'cbor-too-deep'
  /** The signed commit says another did, rev, version or root than the frame. */
  | 'commit-mismatch'
  | 'signature'
  /** An op does not agree with the tree, or appears twice, or there are too many. */
  | 'op-mismatch'
  /** Undoing the ops does not lead to `prevData`. */
  | 'prev-data'
  /** The commit does not follow the last one that we know: the repo is desynchronized, and repaired by getRepo. */
  | 'chain-broken'
  | 'rev-in-future'
  /** At or before what we have. */
  | 'rev-repeated'
  | 'identity-unresolved'
  /** The host is not the account's own PDS. */
  | 'host-not-authoritative'
  | 'account-inactive'
  /** The record does not satisfy its lexicon. */
  | 'record-invalid'
  /** The record's key does not fit its collection. */
  | 'record-key-invalid'

export interface Refusal {
  readonly reason: RefusalReason
  /** For the log line: what exactly was wrong. Holds no content of records. */
  readonly detail: string
  readonly did?: string
  readonly seq?: number
}
