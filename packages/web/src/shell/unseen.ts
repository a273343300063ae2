import { useQuery } from '@tanstack/react-query'
import { ask } from '../api.ts'
import { useSession } from '../session/session.tsx'

const ASKED_EVERY_MS = 60_000

/** How many notifications the person has not seen, up to 100. Asked once a minute while the page is looked at. */
export function useUnseen(): number {
  const { status } = useSession()
  const query = useQuery({
    queryKey: ['unseen'],
    queryFn: ({ signal }) => ask('app.waypost.notification.getUnseenCount', {}, signal),
    enabled: status === 'signed-in',
    refetchInterval: ASKED_EVERY_MS,
    staleTime: ASKED_EVERY_MS / 2,
  })
  return status === 'signed-in' ? (query.data?.count ?? 0) : 0
}
