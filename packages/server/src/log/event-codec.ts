import { assert, OwnFault, type Did, type Handle, type Nsid } from '@waypost/kernel'
import type { Entry } from '@waypost/engine'
import type { EventBody, RecordOp, RecordPut, RepoHead } from '#verify/event.ts'
import { decodeCborEvent } from './event-cbor.ts'
import type { LoggedEvent } from './log.ts'

/** The first byte, raised when the shape below changes; every version ever written stays readable. */
const VERSION = 2
/** Version 1 begins with a map of DAG-CBOR. */
const CBOR_MAP_MIN = 0xa0

/** The version, and the length of the JSON in 32 bits, little-endian. */
const PREFIX_BYTES = 5

/**
 * An event as JSON without names, then its records' bytes one after another. It is read and written several times as
 * fast as DAG-CBOR, which would copy and wrap each record. The person and the source are not in it: they are the
 * entry's own key and source. `receivedAt` in milliseconds since 1970.
 */
export function encodeEvent(event: EventBody, receivedAt: number): Uint8Array {
  const { rev, data, active, status } = event.head
  const records = recordsOf(event)
  const json = JSON.stringify([Math.floor(receivedAt), event.kind, rev, data, active, status, ...ownFields(event)])
  const jsonBytes = Buffer.byteLength(json)
  const bytes = Buffer.allocUnsafe(records.reduce((sum, op) => sum + lengthOf(op), PREFIX_BYTES + jsonBytes))
  bytes[0] = VERSION
  bytes.writeUInt32LE(jsonBytes, 1)
  bytes.write(json, PREFIX_BYTES, 'utf8')
  let at = PREFIX_BYTES + jsonBytes
  for (const op of records) {
    if (op.action === 'put') bytes.set(op.record, at)
    at += lengthOf(op)
  }
  // Not as a Buffer, whose `slice` is no copy.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

function recordsOf(event: EventBody): readonly RecordOp[] {
  if (event.kind === 'commit') return event.ops
  return event.kind === 'repo' ? event.records : []
}

function lengthOf(op: RecordOp): number {
  return op.action === 'put' ? op.record.length : 0
}

function ownFields(event: EventBody): readonly unknown[] {
  switch (event.kind) {
    case 'commit':
      return [event.rev, event.ops.map(opFields)]
    case 'repo':
      return [event.rev, event.records.map(opFields)]
    case 'identity':
      return [event.handle, event.pds]
    case 'account':
      return []
  }
}

function opFields(op: RecordOp): readonly unknown[] {
  if (op.action === 'delete') return [op.collection, op.rkey]
  return [op.collection, op.rkey, op.cid, op.valid, op.record.length]
}

/** The event in an entry that `encodeEvent` made. Anything else there is our own damage: throws an `OwnFault`. */
export function decodeEvent(entry: Entry): LoggedEvent {
  const { position, key, source, body } = entry
  if (body.length > 0 && body[0]! >= CBOR_MAP_MIN) return decodeCborEvent(entry)
  if (body[0] !== VERSION) throw faultAt(position, `has version ${VERSION}`)
  if (!key.startsWith('did:') || !source) throw faultAt(position, 'is about a person and says where it came from')
  if (body.length < PREFIX_BYTES) throw faultAt(position, 'is whole')
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  const recordsAt = PREFIX_BYTES + bytes.readUInt32LE(1)
  const fields = parse(bytes.toString('utf8', PREFIX_BYTES, recordsAt), position)
  const receivedAt = fields[0]
  const active = fields[4]
  assert(Number.isSafeInteger(receivedAt), 'the time of receipt is an integer')
  assert(typeof active === 'boolean', 'an account is active or not')
  const head: RepoHead = { rev: maybeText(fields[2]), data: maybeText(fields[3]), active, status: maybeText(fields[5]) }
  const records = new RecordReader(body, recordsAt)
  const event = eventOf(fields, { did: key as Did, source, head }, records)
  if (!records.isAtEnd) throw faultAt(position, 'ends with its last record')
  return { position, receivedAt: receivedAt as number, event }
}

function eventOf(
  fields: readonly unknown[],
  { did, source, head }: Pick<EventBody, 'did' | 'source' | 'head'>,
  records: RecordReader,
): EventBody {
  const kind = fields[1]
  switch (kind) {
    case 'commit':
      return { kind, did, source, head, rev: text(fields[6]), ops: list(fields[7]).map((op) => records.op(op)) }
    case 'repo':
      return { kind, did, source, head, rev: text(fields[6]), records: list(fields[7]).map((put) => records.put(put)) }
    case 'identity':
      return { kind, did, source, head, handle: maybeText(fields[6]) as Handle | undefined, pds: maybeText(fields[7]) }
    case 'account':
      return { kind, did, source, head }
    default:
      throw new OwnFault(`no event is of kind ${String(kind)}`)
  }
}

/** Cuts the records out of an entry's body, in the order in which the ops come. Nothing is copied. */
class RecordReader {
  readonly #body: Uint8Array
  #at: number

  constructor(body: Uint8Array, at: number) {
    this.#body = body
    this.#at = at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#body.length
  }

  op(fields: unknown): RecordOp {
    const op = list(fields)
    if (op.length !== 2) return this.put(op)
    return { action: 'delete', collection: text(op[0]) as Nsid, rkey: text(op[1]) }
  }

  put(fields: unknown): RecordPut {
    const put = list(fields)
    const valid = put[3]
    assert(typeof valid === 'boolean', 'a record is valid or not')
    const end = this.#at + (put[4] as number)
    assert(Number.isSafeInteger(end) && end >= this.#at && end <= this.#body.length, 'a record lies within the entry')
    const record = this.#body.subarray(this.#at, end)
    this.#at = end
    return { action: 'put', collection: text(put[0]) as Nsid, rkey: text(put[1]), cid: text(put[2]), record, valid }
  }
}

/** Unlike with `assert` the text costs nothing where all is well, which counts here. */
function faultAt(position: number, claim: string): OwnFault {
  return new OwnFault(`entry ${position} of the log ${claim}`)
}

function parse(json: string, position: number): readonly unknown[] {
  try {
    return list(JSON.parse(json))
  } catch (fault) {
    throw new OwnFault(`entry ${position} of the log is damaged`, { cause: fault })
  }
}

function list(value: unknown): readonly unknown[] {
  assert(Array.isArray(value), 'fields come as a list')
  return value
}

function text(value: unknown): string {
  assert(typeof value === 'string', 'a field is text')
  return value
}

/** What was undefined is null in JSON. */
function maybeText(value: unknown): string | undefined {
  return value === null ? undefined : text(value)
}
