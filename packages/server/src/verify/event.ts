import type { Cid, Did, Handle, Nsid, Tid } from '@waypost/kernel'

/** Only `verify` makes one. */
declare const proof: unique symbol

/**
 * Something that happened in a tracked repository, checked against its author's keys (commits, repos) or at its
 * source (identities, accounts). Whoever holds one need not check again.
 */
export type VerifiedEvent = (CommitEvent | RepoEvent | IdentityEvent | AccountEvent) & { readonly [proof]: true }

/** An event before it has been proved; `verify` alone turns it into a `VerifiedEvent`. */
export type EventBody = CommitEvent | RepoEvent | IdentityEvent | AccountEvent

interface About {
  readonly did: Did
  /** Where it came from; the host's cursor is kept by this. */
  readonly source: { readonly host: string; readonly seq: number }
  /** The state of the repository after this event; carried by every event, so that the newest one tells it. */
  readonly head: RepoHead
}

export interface RepoHead {
  /** Newest verified rev; undefined where only the account is known. */
  readonly rev: Tid | undefined
  /** CID of the newest verified tree. */
  readonly data: Cid | undefined
  readonly active: boolean
  /** Why not active (`deactivated`, `takendown`, `suspended`, `deleted`, …). */
  readonly status: string | undefined
}

/** A commit whose signature, blocks, tree and place in the chain hold. `ops` are those of our collections only. */
export interface CommitEvent extends About {
  readonly kind: 'commit'
  readonly rev: Tid
  readonly ops: readonly RecordOp[]
}

/** The whole repository at one rev: it replaces all that was known of the person's records. */
export interface RepoEvent extends About {
  readonly kind: 'repo'
  readonly rev: Tid
  readonly records: readonly RecordPut[]
}

export interface IdentityEvent extends About {
  readonly kind: 'identity'
  /** Verified in both directions; undefined where it does not hold. */
  readonly handle: Handle | undefined
  /** The PDS's URL as the DID document says. */
  readonly pds: string | undefined
}

export interface AccountEvent extends About {
  readonly kind: 'account'
}

export type RecordOp = RecordPut | RecordDelete

export interface RecordPut {
  readonly action: 'put'
  readonly collection: Nsid
  readonly rkey: string
  readonly cid: Cid
  /** DAG-CBOR as signed. */
  readonly record: Uint8Array
  /** Whether the record satisfies its lexicon. An invalid one is kept, counted and not shown. */
  readonly valid: boolean
}

export interface RecordDelete {
  readonly action: 'delete'
  readonly collection: Nsid
  readonly rkey: string
}
