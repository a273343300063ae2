import { decode, decodeFirst, isBytes, fromBytes, isCidLink } from '@atcute/cbor'
import { isValidDid, isValidHandle, isValidNsid, isValidRecordKey } from '@atproto/syntax'
import { isTid, ok, refuse, type Did, type Tid } from '@waypost/kernel'
import type { Frame, FrameFault, FrameOp, FrameResult } from '#wire/frame.ts'
import { prescan, prescanFirst, type CborFault } from '#wire/prescan.ts'

/** The protocol's own limits (atproto.com/specs/sync); beyond any of them the frame is refused as too large. */
export const FRAME_BYTES_MAX = 5_000_000
export const BLOCKS_BYTES_MAX = 2_000_000
export const OPS_MAX = 200

/** Longest text taken from a field that is only shown or compared (`time`, `status`, `name`, `message`). */
const TEXT_CHARACTERS_MAX = 1_024
/** The protocol's limit on DIDs is 2,048; longer ones fail `isValidDid`. Paths: NSID (317) + '/' + record key (512). */
const PATH_CHARACTERS_MAX = 830

type Body = Readonly<Record<string, unknown>>

/**
 * In: one message of `com.atproto.sync.subscribeRepos` as it came off the socket. Out: its parts, well-formed and
 * within limits, or why not. Never throws, whatever the bytes. The CAR inside is not looked at.
 */
export function decodeFrame(bytes: Uint8Array): FrameResult {
  if (bytes.length > FRAME_BYTES_MAX) return refuse('frame-too-large')
  const headerEnd = prescanFirst(bytes)
  if (!headerEnd.ok) return refuse(faultOf(headerEnd.error))
  if (headerEnd.value === bytes.length) return refuse('frame-truncated')
  const bodyEnd = prescan(bytes, headerEnd.value)
  if (!bodyEnd.ok) return refuse(faultOf(bodyEnd.error))

  const header: unknown = decodeFirst(bytes)[0]
  const body: unknown = decode(bytes.subarray(headerEnd.value))
  if (!isObject(header) || !isObject(body)) return refuse('frame-malformed')
  if (header['op'] === -1) return errorFrame(body)
  if (header['op'] !== 1) return refuse('frame-unknown-type')
  switch (header['t']) {
    case '#commit':
      return commitFrame(body, bytes)
    case '#sync':
      return syncFrame(body)
    case '#identity':
      return identityFrame(body)
    case '#account':
      return accountFrame(body)
    case '#info':
      return infoFrame(body)
    default:
      return refuse('frame-unknown-type')
  }
}

function faultOf(fault: CborFault): FrameFault {
  if (fault === 'truncated') return 'frame-truncated'
  if (fault === 'too-deep') return 'frame-too-deep'
  return 'frame-malformed'
}

function commitFrame(body: Body, message: Uint8Array): FrameResult {
  const { seq, time, repo, rev, since, commit, prevData, blocks, ops } = body
  if (!isSeq(seq) || !isShort(time) || !isDid(repo) || !isRev(rev)) return refuse('frame-malformed')
  if (since !== null && since !== undefined && !isRev(since)) return refuse('frame-malformed')
  if (!isCidLink(commit) || !isBytes(blocks) || !Array.isArray(ops)) return refuse('frame-malformed')
  if (prevData !== null && prevData !== undefined && !isCidLink(prevData)) return refuse('frame-malformed')
  const car = fromBytes(blocks)
  if (car.length > BLOCKS_BYTES_MAX || ops.length > OPS_MAX) return refuse('frame-too-large')
  const checked: FrameOp[] = []
  for (const raw of ops) {
    const op = frameOp(raw)
    if (!op) return refuse('frame-malformed')
    checked.push(op)
  }
  return ok<Frame>({
    kind: 'commit',
    seq,
    time,
    did: repo,
    rev,
    since: since ?? null,
    commit: commit.$link,
    prevData: prevData?.$link,
    ops: checked,
    blocks: car,
    message,
  })
}

function frameOp(raw: unknown): FrameOp | undefined {
  if (!isObject(raw)) return undefined
  const { action, path, cid, prev } = raw
  if (action !== 'create' && action !== 'update' && action !== 'delete') return undefined
  if (!isPath(path)) return undefined
  if (cid !== null && cid !== undefined && !isCidLink(cid)) return undefined
  if (prev !== null && prev !== undefined && !isCidLink(prev)) return undefined
  return { action, path, cid: cid?.$link, prev: prev?.$link }
}

function syncFrame(body: Body): FrameResult {
  const { seq, time, did, rev, blocks } = body
  if (!isSeq(seq) || !isShort(time) || !isDid(did) || !isRev(rev) || !isBytes(blocks)) return refuse('frame-malformed')
  const car = fromBytes(blocks)
  if (car.length > BLOCKS_BYTES_MAX) return refuse('frame-too-large')
  return ok<Frame>({ kind: 'sync', seq, time, did, rev, blocks: car })
}

function identityFrame(body: Body): FrameResult {
  const { seq, time, did, handle } = body
  if (!isSeq(seq) || !isShort(time) || !isDid(did)) return refuse('frame-malformed')
  // A handle that is not one counts as none: it is only a hint, and the DID document is asked anyway.
  const claimed = typeof handle === 'string' && isValidHandle(handle) ? handle : undefined
  return ok<Frame>({ kind: 'identity', seq, time, did, handle: claimed })
}

function accountFrame(body: Body): FrameResult {
  const { seq, time, did, active, status } = body
  if (!isSeq(seq) || !isShort(time) || !isDid(did) || typeof active !== 'boolean') return refuse('frame-malformed')
  if (status !== null && status !== undefined && !isShort(status)) return refuse('frame-malformed')
  return ok<Frame>({ kind: 'account', seq, time, did, active, status: status ?? undefined })
}

function infoFrame(body: Body): FrameResult {
  if (!isShort(body['name'])) return refuse('frame-malformed')
  return ok<Frame>({ kind: 'info', name: body['name'], message: shortOrNone(body['message']) })
}

function errorFrame(body: Body): FrameResult {
  if (!isShort(body['error'])) return refuse('frame-malformed')
  return ok<Frame>({ kind: 'error', error: body['error'], message: shortOrNone(body['message']) })
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_CHARACTERS_MAX
}

function shortOrNone(value: unknown): string | undefined {
  return isShort(value) ? value : undefined
}

function isDid(value: unknown): value is Did {
  return typeof value === 'string' && isValidDid(value)
}

function isRev(value: unknown): value is Tid {
  return typeof value === 'string' && isTid(value)
}

function isPath(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > PATH_CHARACTERS_MAX) return false
  const slash = value.indexOf('/')
  return slash > 0 && isValidNsid(value.slice(0, slash)) && isValidRecordKey(value.slice(slash + 1))
}
