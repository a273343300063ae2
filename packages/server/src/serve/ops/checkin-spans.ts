import { createHash } from 'node:crypto'
import type { Position } from '@waypost/engine'
import type { Passed } from '#log/journeys.ts'

/** One stretch of a check-in's way. Times are milliseconds since 1970. */
export interface CheckinSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly parentId?: string
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, string | number>>
}

/** What every process knows of a check-in that came by a commit: from it follow the ids, and nothing need be passed on. */
export interface TracedCheckin {
  readonly uri: string
  /** The time of the commit's rev, in whole milliseconds. */
  readonly commitMs: number
  readonly position: Position
}

export function traceIdOf({ uri, commitMs }: TracedCheckin): string {
  return digestOf(`${uri} ${commitMs}`).slice(0, 32)
}

/** By the trace's id, so that all processes sample the same ones. `ratio`: 0 to 1. */
export function isSampled(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(0, 8), 16) / 2 ** 32 < ratio
}

/** Of the process that follows the hosts: the whole of it, from the commit to the log, and its stages. */
export function spansBeforeLog(
  checkin: TracedCheckin,
  { host, passed }: { readonly host: string; readonly passed: Passed },
): readonly CheckinSpan[] {
  const { commitMs, position } = checkin
  const { receivedAt, verifiedAt, loggedAt } = passed
  const span = spansOf(checkin)
  const root = { 'server.address': host, 'waypost.checkin.uri': checkin.uri, 'waypost.log.position': position }
  return [
    span('checkin', undefined, commitMs, loggedAt, root),
    span('wire', 'checkin', commitMs, receivedAt),
    span('verify', 'checkin', receivedAt, verifiedAt),
    span('log', 'checkin', verifiedAt, loggedAt),
  ]
}

/** Of each replica: its read model, and from there those who follow it live. */
export function spansAfterLog(
  checkin: TracedCheckin,
  at: {
    readonly replica: string
    readonly loggedAt: number
    readonly projectedAt: number
    readonly deliveredAt: number
  },
): readonly CheckinSpan[] {
  const { replica, loggedAt, projectedAt, deliveredAt } = at
  const span = spansOf(checkin)
  return [
    span(`project ${replica}`, 'checkin', loggedAt, projectedAt),
    span(`live ${replica}`, `project ${replica}`, projectedAt, deliveredAt),
  ]
}

function spansOf(checkin: TracedCheckin) {
  const traceId = traceIdOf(checkin)
  const idOf = (key: string): string => digestOf(`${traceId} ${key}`).slice(0, 16)
  return (
    key: string,
    parent: string | undefined,
    startMs: number,
    endMs: number,
    attributes: CheckinSpan['attributes'] = {},
  ): CheckinSpan => ({
    traceId,
    spanId: idOf(key),
    ...(parent !== undefined && { parentId: idOf(parent) }),
    name: key.split(' ', 1)[0]!,
    startMs,
    // Clocks of several machines: none of it ends before it begins.
    endMs: Math.max(startMs, endMs),
    attributes,
  })
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
