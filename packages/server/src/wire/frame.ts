import type { Did, Result, Tid } from '@waypost/kernel'
import type { Link } from '#wire/link.ts'

/** One message of `com.atproto.sync.subscribeRepos`, well-formed and within its limits, but not trusted. */
export type Frame = CommitFrame | SyncFrame | IdentityFrame | AccountFrame | InfoFrame | ErrorFrame

interface Sequenced {
  readonly seq: number
  /** When the host says that it sent the event. */
  readonly time: string
}

export interface CommitFrame extends Sequenced {
  readonly kind: 'commit'
  readonly did: Did
  readonly rev: Tid
  /** The rev before this one, as the host says. */
  readonly since: Tid | null
  /** The signed commit. */
  readonly commit: Link
  /** The tree before this commit. */
  readonly prevData: Link | undefined
  readonly ops: readonly FrameOp[]
  /** The CAR, not parsed yet. */
  readonly blocks: Uint8Array
  /** All of it as it came, for whoever checks it elsewhere. */
  readonly message: Uint8Array
}

export interface FrameOp {
  readonly action: 'create' | 'update' | 'delete'
  /** `collection/rkey`. */
  readonly path: string
  readonly cid: Link | undefined
  readonly prev: Link | undefined
}

export interface SyncFrame extends Sequenced {
  readonly kind: 'sync'
  readonly did: Did
  readonly rev: Tid
  readonly blocks: Uint8Array
}

export interface IdentityFrame extends Sequenced {
  readonly kind: 'identity'
  readonly did: Did
  /** A claim; verified before use. */
  readonly handle: string | undefined
}

export interface AccountFrame extends Sequenced {
  readonly kind: 'account'
  readonly did: Did
  readonly active: boolean
  readonly status: string | undefined
}

export interface InfoFrame {
  readonly kind: 'info'
  readonly name: string
  readonly message: string | undefined
}

export interface ErrorFrame {
  readonly kind: 'error'
  readonly error: string
  readonly message: string | undefined
}

/** Why bytes are not a frame. */
export type FrameFault =
  | 'frame-too-large'
  | 'frame-truncated'
  | 'frame-too-deep'
  | 'frame-malformed'
  | 'frame-unknown-type'

export type FrameResult = Result<Frame, FrameFault>
