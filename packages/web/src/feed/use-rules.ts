import { useQuery } from '@tanstack/react-query'
import { ask } from '../api.ts'

/** What check-ins are worth, as the server says; it changes with the server alone. */
export function useRules() {
  return useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => ask('app.waypost.game.getRules', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}
