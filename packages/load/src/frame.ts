import * as CBOR from '@atcute/cbor'
import { fromString, toCidLink, type CidLink } from '@atcute/cid'
import type { Did, Tid } from '@waypost/kernel'
import type { SignedCommit } from './signed-repo.ts'

/** Where a message stands in a host's stream: `time` is an ISO 8601 text. */
export interface Stamp {
  readonly seq: number
  readonly time: string
}

/** The messages of `com.atproto.sync.subscribeRepos`: each is a header and a body, both DAG-CBOR. */

export function commitFrame(stamp: Stamp, commit: SignedCommit): Uint8Array<ArrayBuffer> {
  return message('#commit', {
    ...stamp,
    rebase: false,
    tooBig: false,
    repo: commit.did,
    commit: link(commit.commit),
    rev: commit.rev,
    since: commit.since,
    blocks: CBOR.toBytes(commit.blocks),
    ops: commit.ops.map(({ action, path, cid, prev }) => ({
      action,
      path,
      cid: cid && link(cid),
      ...(prev && { prev: link(prev) }),
    })),
    blobs: [],
    ...(commit.prevData && { prevData: link(commit.prevData) }),
  })
}

/** `blocks` is a CAR of the signed commit alone. */
export function syncFrame(stamp: Stamp, body: { did: Did; rev: Tid; blocks: Uint8Array }): Uint8Array<ArrayBuffer> {
  return message('#sync', { ...stamp, did: body.did, rev: body.rev, blocks: CBOR.toBytes(body.blocks) })
}

export function identityFrame(stamp: Stamp, body: { did: Did; handle?: string | undefined }): Uint8Array<ArrayBuffer> {
  return message('#identity', { ...stamp, did: body.did, handle: body.handle })
}

export function accountFrame(
  stamp: Stamp,
  body: { did: Did; active: boolean; status?: string | undefined },
): Uint8Array<ArrayBuffer> {
  return message('#account', { ...stamp, did: body.did, active: body.active, status: body.status })
}

export function infoFrame(body: { name: string; message?: string | undefined }): Uint8Array<ArrayBuffer> {
  return message('#info', { name: body.name, message: body.message })
}

/** After an error frame the host closes the stream. */
export function errorFrame(body: { error: string; message?: string | undefined }): Uint8Array<ArrayBuffer> {
  return Buffer.concat([CBOR.encode({ op: -1 }), CBOR.encode({ error: body.error, message: body.message })])
}

/** Fields that are undefined are left out. */
function message(type: string, body: object): Uint8Array<ArrayBuffer> {
  return Buffer.concat([CBOR.encode({ op: 1, t: type }), CBOR.encode(body)])
}

function link(cid: string): CidLink {
  return toCidLink(fromString(cid))
}
