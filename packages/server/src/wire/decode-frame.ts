import { isValidDid, isValidHandle, isValidNsid, isValidRecordKey } from '@atproto/syntax'
import { isTid, ok, refuse, type Did, type Tid } from '@waypost/kernel'
import type { Frame, FrameFault, FrameOp, FrameResult } from '#wire/frame.ts'
import { prescan, prescanFirst, type CborFault } from '#wire/prescan.ts'
import { fieldNames, Scanned } from '#wire/scanned.ts'

/** The protocol's own limits (atproto.com/specs/sync); beyond any of them the frame is refused as too large. */
export const FRAME_BYTES_MAX = 5_000_000
export const BLOCKS_BYTES_MAX = 2_000_000
export const OPS_MAX = 200

/** Longest text taken from a field that is only shown or compared (`time`, `status`, `name`, `message`). */
const TEXT_CHARACTERS_MAX = 1_024
/** The protocol's limit on DIDs is 2,048; longer ones fail `isValidDid`. Paths: NSID (317) + '/' + record key (512). */
const PATH_CHARACTERS_MAX = 830

const HEADER = fieldNames('t', 'op')
const COMMIT = fieldNames('ops', 'rev', 'seq', 'repo', 'time', 'since', 'blocks', 'commit', 'prevData')
const OP = fieldNames('cid', 'path', 'prev', 'action')
const SYNC = fieldNames('did', 'rev', 'seq', 'time', 'blocks')
const IDENTITY = fieldNames('did', 'seq', 'time', 'handle')
const ACCOUNT = fieldNames('did', 'seq', 'time', 'active', 'status')
const INFO = fieldNames('name', 'message')
const ERROR = fieldNames('error', 'message')

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

  const cbor = Scanned.ofMap(bytes)
  const body = headerEnd.value
  if (!cbor?.isMap(body)) return refuse('frame-malformed')
  const [type, op] = cbor.fields(0, HEADER)
  if (cbor.integer(op) === -1) return errorFrame(cbor, body)
  if (cbor.integer(op) !== 1) return refuse('frame-unknown-type')
  switch (cbor.text(type)) {
    case '#commit':
      return commitFrame(cbor, body, bytes)
    case '#sync':
      return syncFrame(cbor, body)
    case '#identity':
      return identityFrame(cbor, body)
    case '#account':
      return accountFrame(cbor, body)
    case '#info':
      return infoFrame(cbor, body)
    default:
      return refuse('frame-unknown-type')
  }
}

function faultOf(fault: CborFault): FrameFault {
  if (fault === 'truncated') return 'frame-truncated'
  if (fault === 'too-deep') return 'frame-too-deep'
  return 'frame-malformed'
}

function commitFrame(cbor: Scanned, body: number, message: Uint8Array): FrameResult {
  const [opsAt, revAt, seqAt, repoAt, timeAt, sinceAt, blocksAt, commitAt, prevDataAt] = cbor.fields(body, COMMIT)
  const [seq, time, did, rev] = [cbor.integer(seqAt), cbor.text(timeAt), cbor.text(repoAt), cbor.text(revAt)]
  if (!isSeq(seq) || !isShort(time) || !isDid(did) || !isRev(rev)) return refuse('frame-malformed')
  const since = cbor.text(sinceAt)
  if (since === undefined ? !cbor.isNothing(sinceAt) : !isRev(since)) return refuse('frame-malformed')
  const [commit, blocks, rawOps] = [cbor.link(commitAt), cbor.byteString(blocksAt), cbor.items(opsAt)]
  if (commit === undefined || !blocks || !rawOps) return refuse('frame-malformed')
  const prevData = cbor.link(prevDataAt)
  if (prevData === undefined && !cbor.isNothing(prevDataAt)) return refuse('frame-malformed')
  if (blocks.length > BLOCKS_BYTES_MAX || rawOps.length > OPS_MAX) return refuse('frame-too-large')
  const ops: FrameOp[] = []
  for (const raw of rawOps) {
    const op = frameOp(cbor, raw)
    if (!op) return refuse('frame-malformed')
    ops.push(op)
  }
  const parts = { did, rev, since: since ?? null, commit, prevData, ops, blocks, message }
  return ok<Frame>({ kind: 'commit', seq, time, ...parts })
}

function frameOp(cbor: Scanned, raw: number): FrameOp | undefined {
  const [cidAt, pathAt, prevAt, actionAt] = cbor.fields(raw, OP)
  const action = cbor.text(actionAt)
  if (action !== 'create' && action !== 'update' && action !== 'delete') return undefined
  const path = cbor.text(pathAt)
  if (!isPath(path)) return undefined
  const [cid, prev] = [cbor.link(cidAt), cbor.link(prevAt)]
  if (cid === undefined && !cbor.isNothing(cidAt)) return undefined
  if (prev === undefined && !cbor.isNothing(prevAt)) return undefined
  return { action, path, cid, prev }
}

function syncFrame(cbor: Scanned, body: number): FrameResult {
  const [didAt, revAt, seqAt, timeAt, blocksAt] = cbor.fields(body, SYNC)
  const [seq, time, did, rev] = [cbor.integer(seqAt), cbor.text(timeAt), cbor.text(didAt), cbor.text(revAt)]
  const blocks = cbor.byteString(blocksAt)
  if (!isSeq(seq) || !isShort(time) || !isDid(did) || !isRev(rev) || !blocks) return refuse('frame-malformed')
  if (blocks.length > BLOCKS_BYTES_MAX) return refuse('frame-too-large')
  return ok<Frame>({ kind: 'sync', seq, time, did, rev, blocks })
}

function identityFrame(cbor: Scanned, body: number): FrameResult {
  const [didAt, seqAt, timeAt, handleAt] = cbor.fields(body, IDENTITY)
  const [seq, time, did, claimed] = [cbor.integer(seqAt), cbor.text(timeAt), cbor.text(didAt), cbor.text(handleAt)]
  if (!isSeq(seq) || !isShort(time) || !isDid(did)) return refuse('frame-malformed')
  // A handle that is not one counts as none: it is only a hint, and the DID document is asked anyway.
  const handle = claimed !== undefined && isValidHandle(claimed) ? claimed : undefined
  return ok<Frame>({ kind: 'identity', seq, time, did, handle })
}

function accountFrame(cbor: Scanned, body: number): FrameResult {
  const [didAt, seqAt, timeAt, activeAt, statusAt] = cbor.fields(body, ACCOUNT)
  const [seq, time, did] = [cbor.integer(seqAt), cbor.text(timeAt), cbor.text(didAt)]
  const [active, status] = [cbor.boolean(activeAt), cbor.text(statusAt)]
  if (!isSeq(seq) || !isShort(time) || !isDid(did) || active === undefined) return refuse('frame-malformed')
  if (status === undefined ? !cbor.isNothing(statusAt) : !isShort(status)) return refuse('frame-malformed')
  return ok<Frame>({ kind: 'account', seq, time, did, active, status })
}

function infoFrame(cbor: Scanned, body: number): FrameResult {
  const [name, message] = cbor.fields(body, INFO).map((at) => shortOrNone(cbor.text(at)))
  return name === undefined ? refuse('frame-malformed') : ok<Frame>({ kind: 'info', name, message })
}

function errorFrame(cbor: Scanned, body: number): FrameResult {
  const [error, message] = cbor.fields(body, ERROR).map((at) => shortOrNone(cbor.text(at)))
  return error === undefined ? refuse('frame-malformed') : ok<Frame>({ kind: 'error', error, message })
}

function isSeq(value: number | undefined): value is number {
  return value !== undefined && value >= 0
}

function isShort(value: string | undefined): value is string {
  return value !== undefined && value.length <= TEXT_CHARACTERS_MAX
}

function shortOrNone(value: string | undefined): string | undefined {
  return isShort(value) ? value : undefined
}

function isDid(value: string | undefined): value is Did {
  return value !== undefined && isValidDid(value)
}

function isRev(value: string | undefined): value is Tid {
  return value !== undefined && isTid(value)
}

function isPath(value: string | undefined): value is string {
  if (value === undefined || value.length > PATH_CHARACTERS_MAX) return false
  const slash = value.indexOf('/')
  return slash > 0 && isValidNsid(value.slice(0, slash)) && isValidRecordKey(value.slice(slash + 1))
}
