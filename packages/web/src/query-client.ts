import { QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './api.ts'

/** What the server refused it will refuse again; what never arrived, or a server that stumbled, is worth another try. */
const RETRIES_MAX = 2

/** What is known of the server itself. */
export const SERVER_KEY = ['server']

/** What the server has answered, for the whole page. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // It says of itself what else it leaves out.
    onError: (fault) => void (isLeftOut(fault) && queryClient.invalidateQueries({ queryKey: SERVER_KEY })),
  }),
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      staleTime: 30_000,
      // Offline a question fails, so that every page says so; what failed is asked again once there is a connection.
      networkMode: 'always',
      refetchOnReconnect: true,
      retry: (failures, fault) =>
        navigator.onLine &&
        failures < RETRIES_MAX &&
        !isLeftOut(fault) &&
        (!(fault instanceof ApiError) || fault.status === 0 || fault.status >= 500),
    },
  },
})

/** Whether the server does without it for hours, to stay within its budget. */
function isLeftOut(fault: unknown): boolean {
  return fault instanceof ApiError && fault.error === 'BudgetExceeded'
}
