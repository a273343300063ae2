import type { Result } from '@waypost/kernel'

/** An entry's place in the log: 1 or more, rising, with gaps where entries were erased. 0 stands before the first. */
export type Position = number

/** No entry's body is longer. A stranger's data is held to it before it comes here; past it, `append` fails. */
export const BODY_BYTES_MAX = 64 * 1_024 * 1_024

/** A read hands out no further entry once its bodies are longer than this together. */
export const READ_BYTES_MAX = 16 * 1_024 * 1_024

export interface NewEntry {
  /**
   * Whom the entry is about: all entries of one key stay in order and can be erased together. A DID, or `host:…`.
   * Keys, ids and hosts are 1 to 2,560 characters, no NUL.
   */
  readonly key: string
  /** Names the entry within its key. Appending the same (key, id) again changes nothing. */
  readonly id: string
  /** The upstream event that the entry came from: appended in the order of the host, they say how far it was read. */
  readonly source?: { readonly host: string; readonly seq: number }
  readonly body: Uint8Array
}

export interface Entry extends NewEntry {
  readonly position: Position
}

/** The truth, in order. Every engine keeps these promises; `log.contract.ts` tests them. */
export interface Log {
  /**
   * Resolves when the entries would survive a power cut, with one position each, in the order given. Those of one key
   * have rising positions; those of different keys may stand in any order. An entry whose (key, id) is there already is
   * not appended again; its position is the earlier one. Its `source` still moves the host's cursor. Where it rejects,
   * any of the entries may be there, in order within their key: whoever appends them again finds out.
   */
  append(entries: readonly NewEntry[]): Promise<readonly Position[]>
  /**
   * The next entries after a position, in order; none only where the log ends, fewer than `limit` also where they are
   * large (`READ_BYTES_MAX`) or slow to come.
   */
  read(after: Position, options: { readonly limit: number }): Promise<readonly Entry[]>
  /** The position of the newest entry ever appended; 0 for an empty log. */
  head(): Promise<Position>
  /** The newest entry of a key. */
  last(key: string): Promise<Entry | undefined>
  /** Keys that have an entry, after one, in the order of their UTF-8 bytes. */
  keys(after: string, options: { readonly limit: number }): Promise<readonly string[]>
  /**
   * For each host, the highest `seq` that any appended entry came from, whose entries before it, as they were handed to
   * `append`, are all in the log. Closed in order, an engine tells the same when it is opened again. After a kill, or to
   * another process, it may tell less: never past an entry that is missing. Who then reads the host on from there meets
   * some entries again, which changes nothing.
   */
  cursors(): Promise<ReadonlyMap<string, number>>
  /** Takes a key's entries up to and with `through` out of the log for good; answers how many. */
  erase(key: string, options: { readonly through: Position }): Promise<number>
  /** Resolves once the head is past `after`, or when the signal aborts. */
  waitPast(after: Position, signal: AbortSignal): Promise<void>
}

export interface Held {
  readonly value: Uint8Array
  /** Changes with every write; hand it back to `compareAndSet`. */
  readonly revision: number
}

/** Small, changing things: sessions, leases, cursors of our own making. Keys are 1 to 2,560 characters, no NUL. */
export interface KeyValue {
  get(key: string): Promise<Held | undefined>
  /** `expiresAt` in milliseconds since 1970: from then on the key reads as absent. */
  put(key: string, value: Uint8Array, options?: { readonly expiresAt?: number }): Promise<number>
  /** Writes only where the key stands at `revision` (0: where it is absent). Answers the new revision. */
  compareAndSet(
    key: string,
    value: Uint8Array,
    options: { readonly revision: number; readonly expiresAt?: number },
  ): Promise<Result<number, 'conflict'>>
  delete(key: string): Promise<void>
  /** Keys that begin with `prefix`, in the order of their UTF-8 bytes, expired ones left out. */
  list(prefix: string): Promise<readonly string[]>
}

/**
 * Large, unchanging things: snapshots, image renditions. Names are 1 to 512 of `[A-Za-z0-9._/-]`, in parts between
 * slashes of 1 to 200 characters that are neither `.` nor `..`; anything else is our own fault.
 */
export interface Blobs {
  /** Whole or not at all: a reader never sees half a blob. */
  put(name: string, bytes: Uint8Array): Promise<void>
  get(name: string): Promise<Uint8Array | undefined>
  delete(name: string): Promise<void>
  /** Names that begin with `prefix`, in order. */
  list(prefix: string): Promise<readonly string[]>
}

/** Only the engine differs between a laptop and a cluster. No other code knows which one it runs on. */
export interface Engine extends AsyncDisposable {
  readonly log: Log
  /** What has no copy on a PDS, encrypted before it comes here. It is in backups, as the log is. */
  readonly privateLog: Log
  readonly keyValue: KeyValue
  /**
   * The keys to the private log, and what was deleted for good. Kept apart, so that backups can do without it; what is
   * deleted from it is overwritten on the disk.
   */
  readonly ledger: KeyValue
  readonly blobs: Blobs
}
