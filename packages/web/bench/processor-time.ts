/** As Chromium records it; times in microseconds. */
export interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly ph: string
  readonly ts: number
  readonly dur?: number
  /** The same by the clock of the thread, which stands still while the thread does not run. */
  readonly tts?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/**
 * A recording in which each task of a page's main thread takes as long as the thread ran, not as long as it took: here the
 * browser, the server and what draws in a graphics card's place share two cores with it, where a phone has eight, and a
 * thread that waits for its turn is not a page that keeps it busy. When a task begins stays as it was.
 */
export function inProcessorTime(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const mains = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  )
  const tasksOf = Map.groupBy(
    events.filter((event) => isTask(event) && mains.has(threadOf(event))).toSorted((a, b) => a.ts - b.ts),
    threadOf,
  )
  return events.map((event) => {
    const task = taskAround(event, tasksOf.get(threadOf(event)) ?? [])
    if (task === undefined || event.tts === undefined) return event
    const [end, ts] = [task.ts + task.tdur!, task.ts + Math.max(0, event.tts - task.tts!)]
    const begun = Math.min(ts, end)
    if (event.dur === undefined) return { ...event, ts: begun }
    return { ...event, ts: begun, dur: Math.min(event.tdur ?? event.dur, end - begun) }
  })
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`
}

function isTask({ name, ph, tts, tdur }: TraceEvent): boolean {
  return ph === 'X' && name.endsWith('RunTask') && tts !== undefined && tdur !== undefined
}

/** By halving: there are many. */
function taskAround({ ts }: TraceEvent, tasks: readonly TraceEvent[]): TraceEvent | undefined {
  let [low, high] = [0, tasks.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (tasks[middle]!.ts <= ts) low = middle + 1
    else high = middle
  }
  const task = tasks[low - 1]
  return task !== undefined && ts < task.ts + task.dur! ? task : undefined
}
