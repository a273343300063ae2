import { useEffect, useState } from 'react'
import { useMedia, WIDE } from '../ui/media.ts'

/** The page has its first paint and its data under way by then. */
const QUIET_MS = 600

/**
 * Whether the moving map may load without being asked for: on a wide screen, once the page is quiet, unless the person
 * saves data. On a phone it waits until somebody wants it.
 */
export function useQuietWideScreen(): boolean {
  const isWide = useMedia(WIDE)
  const [isQuiet, setQuiet] = useState(false)
  useEffect(() => {
    const isFrugal = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true
    if (!isWide || isFrugal) return
    const quiet = setTimeout(() => setQuiet(true), QUIET_MS)
    return () => clearTimeout(quiet)
  }, [isWide])
  return isWide && isQuiet
}
