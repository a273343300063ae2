import './styles/index.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api.ts'
import { LiveProvider } from './live/use-live.tsx'
import { Routes } from './routes.tsx'
import { SessionProvider } from './session/session.tsx'
import { applyTheme } from './ui/theme.ts'

applyTheme()

/** What the server refused it will refuse again; what never arrived, or a server that stumbled, is worth another try. */
const RETRIES_MAX = 2

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      staleTime: 30_000,
      // Offline a question fails, so that every page says so; what failed is asked again once there is a connection.
      networkMode: 'always',
      refetchOnReconnect: true,
      retry: (failures, fault) =>
        failures < RETRIES_MAX && (!(fault instanceof ApiError) || fault.status === 0 || fault.status >= 500),
    },
  },
})

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <SessionProvider>
        <LiveProvider>
          <Routes />
        </LiveProvider>
      </SessionProvider>
    </QueryClientProvider>
  </StrictMode>,
)
