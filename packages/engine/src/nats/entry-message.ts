import { headers, type MsgHdrs } from '@nats-io/transport-node'
import type { NewEntry } from '../port.ts'
import type { HostCursor } from './frontiers.ts'
import { textOf } from './subjects.ts'

const KEY = 'Waypost-Key'
const ID = 'Waypost-Id'
const SOURCE = 'Waypost-Source'
const PARTS = 'Waypost-Parts'

/** What a message says of its entry: all but the body. */
export interface EntryHeaders {
  readonly key: string
  readonly id: string
  readonly source?: HostCursor
  /** How far its host was read once this entry was stored: everything up to there is in the log. */
  readonly cursor?: HostCursor
  /** Where the body lies, when it is not in the message. */
  readonly parts: readonly number[]
}

/** The headers of the message of an entry. Its key is in the subject, if that has room for it. */
export function headersOf(
  entry: NewEntry,
  { subject, parts, cursor }: { subject: string; parts: readonly number[]; cursor: HostCursor | undefined },
): MsgHdrs {
  const made = headers()
  made.set(ID, encodeURIComponent(entry.id))
  if (textOf(subject) === undefined) made.set(KEY, encodeURIComponent(entry.key))
  if (entry.source && cursor) made.set(SOURCE, sourceOf(entry.source, cursor.seq))
  if (parts.length > 0) made.set(PARTS, parts.join(','))
  return made
}

export function readHeaders(subject: string, from: MsgHdrs): EntryHeaders {
  const source = from.get(SOURCE)
  const [seq = '', name = '', cursor = seq] = source.split(' ')
  const host = decodeURIComponent(name)
  const parts = from.get(PARTS)
  return {
    key: textOf(subject) ?? decodeURIComponent(from.get(KEY)),
    id: decodeURIComponent(from.get(ID)),
    ...(source !== '' && { source: { host, seq: Number(seq) }, cursor: { host, seq: Number(cursor) } }),
    parts: parts === '' ? [] : parts.split(',').map(Number),
  }
}

/** The seq and the host; behind them the host's cursor, where it is another than the seq. */
function sourceOf({ host, seq }: HostCursor, cursor: number): string {
  const name = encodeURIComponent(host)
  return cursor === seq ? `${seq} ${name}` : `${seq} ${name} ${cursor}`
}
