import type { History, HistoryEvent } from '../run/history.ts'

type Line = readonly [
  process: number,
  type: HistoryEvent['type'],
  f: string,
  value: unknown,
  more?: Partial<HistoryEvent>,
]

/** For tests of checkers: a history from its lines, ten milliseconds apart; process p asks node np. */
export function historyOf(...lines: readonly Line[]): History {
  return lines.map(([process, type, f, value, more], index) => ({
    index,
    timeMs: index * 10,
    process,
    type,
    f,
    value,
    node: `n${process}`,
    ...more,
  }))
}

/** An operation that ends before the next begins. */
export function done(process: number, f: string, asked: unknown, answered: unknown = asked): readonly [Line, Line] {
  return [
    [process, 'invoke', f, asked],
    [process, 'ok', f, answered],
  ]
}

export function kindsOf({
  anomalies,
}: {
  readonly anomalies: readonly { readonly kind: string }[]
}): readonly string[] {
  return [...new Set(anomalies.map(({ kind }) => kind))].toSorted()
}
