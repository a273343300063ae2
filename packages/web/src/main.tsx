import './styles/index.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { startTransition, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { whenPainted } from './device/quiet.ts'
import { startWorker } from './device/worker.ts'
import { speakOwn } from './language/language.ts'
import { LiveProvider } from './live/use-live.tsx'
import { queryClient } from './query-client.ts'
import { Routes } from './routes.tsx'
import { SessionProvider } from './session/session.tsx'
import { applyTheme } from './ui/theme.ts'

applyTheme()
new Worker(new URL('device/warm-formats.ts', import.meta.url), { type: 'module' })
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // After the first paint: the page comes first. In a private window a browser may refuse, and the page works without.
  window.addEventListener('load', () => void startWorker().catch(() => undefined))
}

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
const page = createRoot(root)
// Not awaited here: a file that waits cannot share its code with those that it loads.
// After what the page itself shows, and in slices: a phone stays free for a finger meanwhile.
void Promise.all([speakOwn(), whenPainted()]).then(() =>
  startTransition(() =>
    page.render(
      <StrictMode>
        <QueryClientProvider client={queryClient}>
          <SessionProvider>
            <LiveProvider>
              <Routes />
            </LiveProvider>
          </SessionProvider>
        </QueryClientProvider>
      </StrictMode>,
    ),
  ),
)
