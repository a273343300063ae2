import { useCallback, useSyncExternalStore } from 'react'
import { isSaidUntil, timeAgo, timeInFull } from './time.ts'

/* One clock for all times of a page. Most of them say the same for hours: each is told when it has something else to say. */

const TICK_MS = 20_000

interface Waiting {
  readonly listener: () => void
  /** From when on it is to be told, after it was at a time. */
  readonly next: (now: number) => number
  due: number
}

let now = Date.now()
const all = new Set<Waiting>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void, next: Waiting['next']): () => void {
  const one = { listener, next, due: next(now) }
  all.add(one)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const one of all) {
      if (one.due > now) continue
      one.due = one.next(now)
      one.listener()
    }
  }, TICK_MS)
  return () => {
    all.delete(one)
    if (all.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function current(): number {
  // Without a running timer the last reading is old; with one, all times of a page share it.
  if (timer === undefined) now = Math.max(now, Math.floor(Date.now() / TICK_MS) * TICK_MS)
  return now
}

/** The time of the page, in steps of so many milliseconds, 20 seconds at least. */
export function useNow(stepMs = TICK_MS): number {
  const step = (ms: number): number => Math.floor(ms / stepMs) * stepMs
  return useSyncExternalStore(
    useCallback((listener) => subscribe(listener, (ms) => (Math.floor(ms / stepMs) + 1) * stepMs), [stepMs]),
    () => step(current()),
  )
}

/** A relative time that stays true, with the whole date for whoever asks. */
export function TimeAgo({ at }: { readonly at: string }) {
  const said = useSyncExternalStore(
    useCallback((listener) => subscribe(listener, (ms) => isSaidUntil(at, ms)), [at]),
    () => timeAgo(at, current()),
  )
  return (
    <time dateTime={at} title={timeInFull(at)}>
      {said}
    </time>
  )
}
