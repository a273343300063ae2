import { createHash } from 'node:crypto'
import { CODEC_RAW, fromDigest, toString } from '@atcute/cid'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'

export interface BlobFetching {
  /** The origin of the person's PDS; undefined where none is known. */
  readonly pdsOf: (did: Did) => Promise<string | undefined>
  readonly fetch: Outbound['fetch']
}

/** The largest photo that a check-in of ours may name is 4 MB, and of other apps' records 10 MB. */
const BLOB_BYTES_MAX = 12_000_000
const FETCH_MS_MAX = 10_000

/** A blob from its author's PDS, checked against the hash that its author signed. */
export async function fetchBlob(
  { pdsOf, fetch }: BlobFetching,
  did: Did,
  cid: string,
): Promise<Result<Uint8Array, 'not-found' | 'unreachable'>> {
  const pds = await pdsOf(did)
  if (pds === undefined) return refuse('not-found')
  const url = `${pds}/xrpc/com.atproto.sync.getBlob?${new URLSearchParams({ did, cid })}`
  const answer = await fetch(url, { maxBytes: BLOB_BYTES_MAX, timeoutMs: FETCH_MS_MAX, redirect: 'follow' })
  if (!answer.ok) return refuse(answer.error.reason === 'answer-too-large' ? 'not-found' : 'unreachable')
  const { status, body } = answer.value
  if (status === 429 || status >= 500) return refuse('unreachable')
  return status === 200 && blobCid(body) === cid ? ok(body) : refuse('not-found')
}

/** The CID of raw bytes, hashed with SHA-256. */
export function blobCid(bytes: Uint8Array): string {
  return toString(fromDigest(CODEC_RAW, createHash('sha256').update(bytes).digest()))
}
