import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ask } from '../api.ts'
import { useSession } from '../session/session.tsx'

const ASKED_EVERY_MS = 60_000

/**
 * How many notifications the person has not seen, up to 100. Asked once a minute while the page is looked at, and shown
 * on the icon of the installed app.
 */
export function useUnseen(): number {
  const { status } = useSession()
  const query = useQuery({
    queryKey: ['unseen'],
    queryFn: ({ signal }) => ask('app.waypost.notification.getUnseenCount', {}, signal),
    enabled: status === 'signed-in',
    refetchInterval: ASKED_EVERY_MS,
    staleTime: ASKED_EVERY_MS / 2,
  })
  const count = status === 'signed-in' ? (query.data?.count ?? 0) : 0
  const isKnown = status === 'signed-out' || query.data !== undefined
  useEffect(() => {
    // On the icon of the installed app; without one, or where it is not allowed, the number in the page is enough.
    if (isKnown) navigator.setAppBadge?.(count).catch(() => undefined)
  }, [isKnown, count])
  return count
}
