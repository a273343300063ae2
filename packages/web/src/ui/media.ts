import { useEffect, useState, useSyncExternalStore } from 'react'

/** The width from which the map stands beside the feed. The stylesheet has the same number. */
export const WIDE = '(min-width: 62rem)'

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

export function isReducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

export function useIsOffline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener('online', listener)
      window.addEventListener('offline', listener)
      return () => {
        window.removeEventListener('online', listener)
        window.removeEventListener('offline', listener)
      }
    },
    () => !navigator.onLine,
  )
}

/** The value, once it has stayed the same for a while. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

/** Names the page in the tab. What was there before comes back after: a dialog borrows the name of its page. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    const before = document.title
    document.title = title === undefined ? 'Waypost' : `${title} · Waypost`
    return () => {
      document.title = before
    }
  }, [title])
}
