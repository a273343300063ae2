import { decode, fromBytes, isBytes } from '@atcute/cbor'
import { assert, OwnFault, type Did, type Handle, type Nsid } from '@waypost/kernel'
import type { Entry } from '@waypost/engine'
import type { EventBody, RecordOp, RecordPut, RepoHead } from '#verify/event.ts'
import type { LoggedEvent } from './log.ts'

/** Version 1 of an event's bytes: DAG-CBOR, all of it. It is read, and no longer written. */
const VERSION = 1

/** The event in an entry of version 1. Anything else there is our own damage: throws an `OwnFault`. */
export function decodeCborEvent({ position, key, source, body }: Entry): LoggedEvent {
  const content = decodeMap(body, position)
  assert(content['v'] === VERSION, `entry ${position} has version ${VERSION}`)
  assert(key.startsWith('did:') && source, `entry ${position} is about a person and says where it came from`)
  const about = { did: key as Did, source, head: headIn(mapIn(content, 'head')) }
  return { position, receivedAt: integerIn(content, 'receivedAt'), event: eventIn(content, about) }
}

function eventIn(content: Fields, about: Pick<EventBody, 'did' | 'source' | 'head'>): EventBody {
  const kind = textIn(content, 'kind')
  switch (kind) {
    case 'commit':
      return { kind, ...about, rev: textIn(content, 'rev'), ops: listIn(content, 'ops').map(opIn) }
    case 'repo':
      return { kind, ...about, rev: textIn(content, 'rev'), records: listIn(content, 'records').map(putIn) }
    case 'identity':
      return { kind, ...about, handle: maybeTextIn(content, 'handle') as Handle, pds: maybeTextIn(content, 'pds') }
    case 'account':
      return { kind, ...about }
    default:
      throw new OwnFault(`no event is of kind ${kind}`)
  }
}

function headIn(head: Fields): RepoHead {
  return {
    rev: maybeTextIn(head, 'rev'),
    data: maybeTextIn(head, 'data'),
    active: truthIn(head, 'active'),
    status: maybeTextIn(head, 'status'),
  }
}

function opIn(op: Fields): RecordOp {
  if (op['action'] !== 'delete') return putIn(op)
  return { action: 'delete', collection: textIn(op, 'collection') as Nsid, rkey: textIn(op, 'rkey') }
}

function putIn(op: Fields): RecordPut {
  assert(op['action'] === 'put', 'an op puts or deletes')
  const record = op['record']
  assert(isBytes(record), 'a record is bytes')
  return {
    action: 'put',
    collection: textIn(op, 'collection') as Nsid,
    rkey: textIn(op, 'rkey'),
    cid: textIn(op, 'cid'),
    record: fromBytes(record),
    valid: truthIn(op, 'valid'),
  }
}

type Fields = Readonly<Record<string, unknown>>

function decodeMap(body: Uint8Array, position: number): Fields {
  try {
    return fieldsOf(decode(body))
  } catch (fault) {
    throw new OwnFault(`entry ${position} of the log is damaged`, { cause: fault })
  }
}

function fieldsOf(value: unknown): Fields {
  assert(typeof value === 'object' && value !== null && !Array.isArray(value), 'fields are a map')
  return value as Fields
}

function mapIn(fields: Fields, name: string): Fields {
  return fieldsOf(fields[name])
}

function listIn(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name]
  assert(Array.isArray(value), `${name} is a list`)
  return value.map(fieldsOf)
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name]
  assert(typeof value === 'string', `${name} is text`)
  return value
}

function maybeTextIn(fields: Fields, name: string): string | undefined {
  return fields[name] === undefined ? undefined : textIn(fields, name)
}

function integerIn(fields: Fields, name: string): number {
  const value = fields[name]
  assert(Number.isSafeInteger(value), `${name} is an integer`)
  return value as number
}

function truthIn(fields: Fields, name: string): boolean {
  const value = fields[name]
  assert(typeof value === 'boolean', `${name} is true or false`)
  return value
}
