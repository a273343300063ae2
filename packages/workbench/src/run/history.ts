/** What became of an operation: it happened; it did not and will not; nobody knows. */
export type Outcome = 'ok' | 'fail' | 'info'

/** One line of the history, which is all that a checker sees. */
export interface HistoryEvent {
  readonly index: number
  /** Milliseconds since the run began. */
  readonly timeMs: number
  readonly type: 'invoke' | Outcome
  /** One thread of control: it has one operation at a time. `nemesis` is who causes faults. */
  readonly process: number | 'nemesis'
  readonly f: string
  readonly value: unknown
  /** The node that was asked. */
  readonly node?: string
  readonly error?: string
  /** An operation of the final phase, when all faults are over. */
  readonly isFinal?: true
}

export type History = readonly HistoryEvent[]

/** An operation with its end, which is missing if the run ended first. */
export interface Operation {
  readonly invoke: HistoryEvent
  readonly completion: HistoryEvent | undefined
}

/** Clients' operations in the order of their invocations. */
export function operationsOf(history: History): readonly Operation[] {
  const open = new Map<number, { invoke: HistoryEvent; completion: HistoryEvent | undefined }>()
  const operations: Operation[] = []
  for (const event of history) {
    if (event.process === 'nemesis') continue
    if (event.type === 'invoke') {
      const operation = { invoke: event, completion: undefined }
      open.set(event.process, operation)
      operations.push(operation)
      continue
    }
    const operation = open.get(event.process)
    if (operation) operation.completion = event
    open.delete(event.process)
  }
  return operations
}

export function isOk(operation: Operation): operation is Operation & { completion: HistoryEvent } {
  return operation.completion?.type === 'ok'
}

/** One event per line; the same run gives the same text. */
export function historyText(history: History): string {
  return history.map((event) => `${JSON.stringify(event)}\n`).join('')
}
