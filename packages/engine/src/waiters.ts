import type { Position } from './port.ts'

/** Those who wait for the log to grow. */
export interface Waiters {
  /** Resolves once `wake` is called with a head past `after`, or when the signal aborts. */
  wait(after: Position, signal: AbortSignal): Promise<void>
  wake(head: Position): void
}

export function createWaiters(): Waiters {
  const waiting = new Set<{ readonly after: Position; readonly leave: () => void }>()
  return {
    wait: (after, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const waiter = { after, leave }
        waiting.add(waiter)
        signal.addEventListener('abort', leave)
        function leave(): void {
          waiting.delete(waiter)
          signal.removeEventListener('abort', leave)
          resolve()
        }
      }),
    wake(head) {
      for (const waiter of waiting) if (head > waiter.after) waiter.leave()
    },
  }
}
