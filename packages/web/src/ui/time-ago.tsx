import { useSyncExternalStore } from 'react'
import { timeAgo, timeInFull } from './time.ts'

const TICK_MS = 20_000

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const one of listeners) one()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function current(): number {
  // Without a running timer the last reading is old; with one, all times of a page share it.
  if (timer === undefined) now = Math.max(now, Math.floor(Date.now() / TICK_MS) * TICK_MS)
  return now
}

/** One clock for all times of a page: they change together, every 20 seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current)
}

/** A relative time that stays true, with the whole date for whoever asks. */
export function TimeAgo({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={timeInFull(at)}>
      {timeAgo(at, useNow())}
    </time>
  )
}
