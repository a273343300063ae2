import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api.ts'

/** What the server refused it will refuse again; what never arrived, or a server that stumbled, is worth another try. */
const RETRIES_MAX = 2

/** What the server has answered, for the whole page. */
export const queryClient = new QueryClient({
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
        (!(fault instanceof ApiError) || fault.status === 0 || fault.status >= 500),
    },
  },
})
