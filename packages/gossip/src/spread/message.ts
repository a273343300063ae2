import { ok, refuse, type Result } from '@waypost/kernel'
import type { LwwEntry } from '../crdt/lww-map.ts'
import type { Digest, DigestRow } from './digest.ts'

/** An entry as it travels; without a value: removed. */
export type EntryRow = readonly [key: string, atMs: number, writer: string, untilMs: number, value?: unknown]

export type SpreadMessage =
  | { readonly kind: 'entries'; readonly entries: readonly EntryRow[] }
  /** What the sender has: the answer is what it lacks, and `want` for what it has more. */
  | ({ readonly kind: 'digest' } & Digest)
  | { readonly kind: 'want'; readonly minutes: readonly number[] }

export type SpreadFault = 'not-an-object' | 'bad-entries' | 'bad-digest' | 'bad-minutes' | 'bad-kind'

/** More than any node of ours sends at once. */
export const ENTRIES_PER_MESSAGE = 200
/** A day and what clocks are apart. */
const MINUTES_MAX = 1_500
const TEXT_LENGTH_MAX = 2_048

/** Reads what came over a wire. What an entry's value is, its owner judges. */
export function readSpreadMessage(raw: unknown): Result<SpreadMessage, SpreadFault> {
  if (typeof raw !== 'object' || raw === null) return refuse('not-an-object')
  const { kind, entries, since, rows, minutes } = raw as Record<string, unknown>
  if (kind === 'entries')
    return isList(entries, ENTRIES_PER_MESSAGE, isEntry) ? ok(raw as never) : refuse('bad-entries')
  if (kind === 'digest')
    return isWhole(since) && isList(rows, MINUTES_MAX, isRow) ? ok(raw as never) : refuse('bad-digest')
  if (kind === 'want') return isList(minutes, MINUTES_MAX, isWhole) ? ok(raw as never) : refuse('bad-minutes')
  return refuse('bad-kind')
}

export function toEntryRow([key, { value, atMs, writer, untilMs }]: readonly [string, LwwEntry<unknown>]): EntryRow {
  return value === undefined ? [key, atMs, writer, untilMs] : [key, atMs, writer, untilMs, value]
}

export function toEntry([key, atMs, writer, untilMs, value]: EntryRow): readonly [string, LwwEntry<unknown>] {
  return [key, value === undefined ? { atMs, writer, untilMs } : { value, atMs, writer, untilMs }]
}

function isEntry(row: unknown): row is EntryRow {
  if (!Array.isArray(row) || row.length < 4 || row.length > 5) return false
  const [key, atMs, writer, untilMs] = row as readonly unknown[]
  return isText(key) && isWhole(atMs) && isText(writer) && isWhole(untilMs)
}

function isRow(row: unknown): row is DigestRow {
  return Array.isArray(row) && row.length === 2 && row.every(isWhole)
}

function isList(value: unknown, lengthMax: number, isSound: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= lengthMax && value.every(isSound)
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
