import { isClient, type Passage } from '../net/journal.ts'
import type { RunResult } from '../run/run.ts'

/** Messages in the diagram: more can't be told apart, and make pages slow. */
const MESSAGES_MAX = 4_000
const BODY_LETTERS_MAX = 240

/** What the page draws: who there is, and each message as [sent, ended, from row, to row, type, body, loss]. */
export interface LamportData {
  readonly rows: readonly string[]
  readonly types: readonly string[]
  readonly messages: readonly LamportMessage[]
  /** Where to look first, in milliseconds. */
  readonly focusMs: number
  readonly windows: readonly (readonly [name: string, fromMs: number, toMs: number])[]
  /** Whether there were more messages than these. */
  readonly isPart: boolean
}

type LamportMessage = readonly [
  sentMs: number,
  endedMs: number,
  from: number,
  to: number,
  type: number,
  body: string,
  loss: string,
]

/** The messages around the first anomaly, or else those from when clients began. All clients share a row. */
export function lamportOf(result: RunResult): LamportData {
  const { passages, history, verdict, options, mainMs, windows } = result
  const at = verdict.anomalies[0]?.events[0]
  const focusMs = (at === undefined ? undefined : history[at]?.timeMs) ?? mainMs.from
  const chosen = nearest(passages, focusMs)
  const rowOf = (id: string): string => (isClient(id) ? 'clients' : id)
  const others = new Set(chosen.flatMap(({ message: { src, dest } }) => [rowOf(src), rowOf(dest)]))
  const fixed = ['clients', ...options.nodeIds]
  const rows = [...fixed, ...[...others].filter((row) => !fixed.includes(row)).toSorted()]
  const types = [...new Set(chosen.map(({ message }) => message.body.type))].toSorted()
  const rowNumber = new Map(rows.map((row, number) => [row, number]))
  const typeNumber = new Map(types.map((type, number) => [type, number]))
  return {
    rows,
    types,
    messages: chosen.map(({ message: { src, dest, body }, sentMs, receivedMs, loss }) => [
      exact(sentMs),
      exact(receivedMs ?? sentMs + options.latency.meanMs),
      rowNumber.get(rowOf(src))!,
      rowNumber.get(rowOf(dest))!,
      typeNumber.get(body.type)!,
      JSON.stringify(body).slice(0, BODY_LETTERS_MAX),
      loss ?? (receivedMs === undefined ? 'on its way' : ''),
    ]),
    focusMs: exact(focusMs),
    windows: windows.map(({ name, startMs, endMs }) => [name, exact(startMs), exact(Math.min(endMs, 1e12))]),
    isPart: chosen.length < passages.length,
  }
}

function nearest(passages: readonly Passage[], focusMs: number): readonly Passage[] {
  const found = passages.findIndex(({ sentMs }) => sentMs >= focusMs)
  const at = found < 0 ? passages.length : found
  const from = Math.max(0, Math.min(at - MESSAGES_MAX / 2, passages.length - MESSAGES_MAX))
  return passages.slice(from, from + MESSAGES_MAX)
}

function exact(ms: number): number {
  return Math.round(ms * 100) / 100
}
