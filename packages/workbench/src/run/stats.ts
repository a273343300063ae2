import type { Journal, MessageCounts } from '../net/journal.ts'
import { operationsOf, type History, type Operation } from './history.ts'
import type { Validity } from './verdict.ts'

export interface Counts {
  readonly count: number
  readonly ok: number
  readonly fail: number
  readonly info: number
}

export interface Stats extends Counts {
  readonly valid: Validity
  readonly byF: Readonly<Record<string, Counts>>
  /** Functions that never succeeded and should have. */
  readonly neverOk: readonly string[]
}

/** What became of the operations. A function that never succeeded makes the run invalid: its answers were not tested. */
export function statsOf(history: History, mayNeverSucceed: readonly string[] = []): Stats {
  const operations = operationsOf(history)
  const byF = Object.fromEntries(
    Object.entries(Object.groupBy(operations, ({ invoke }) => invoke.f)).map(([f, some]) => [f, countsOf(some ?? [])]),
  )
  const neverOk = Object.keys(byF).filter((f) => byF[f]!.ok === 0 && !mayNeverSucceed.includes(f))
  const valid = operations.length === 0 ? 'unknown' : neverOk.length === 0
  return { valid, ...countsOf(operations), byF, neverOk }
}

function countsOf(operations: readonly Operation[]): Counts {
  const withType = (type: string): number => operations.filter(({ completion }) => completion?.type === type).length
  const [ok, fail] = [withType('ok'), withType('fail')]
  return { count: operations.length, ok, fail, info: operations.length - ok - fail }
}

interface NetCounts {
  readonly 'send-count': number
  readonly 'recv-count': number
  readonly 'msg-count': number
}

/** Message counts by Maelstrom's names. */
export interface NetStats {
  readonly all: NetCounts & { readonly 'msgs-per-op': number }
  readonly clients: NetCounts
  readonly servers: NetCounts & { readonly 'msgs-per-op': number }
}

/** Messages per operation are those of the servers, services included, over all invocations of clients. */
export function netStatsOf({ all, clients, servers }: Journal, invocations: number): NetStats {
  const perOp = ({ sent }: MessageCounts): number => sent / Math.max(1, invocations)
  return {
    all: { ...netCounts(all), 'msgs-per-op': perOp(all) },
    clients: netCounts(clients),
    servers: { ...netCounts(servers), 'msgs-per-op': perOp(servers) },
  }
}

function netCounts({ sent, received }: MessageCounts): NetCounts {
  // Every message has a number when it is sent, so there are as many numbers as sendings.
  return { 'send-count': sent, 'recv-count': received, 'msg-count': sent }
}
