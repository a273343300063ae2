import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import { ask, signOut } from '../api.ts'
import { SERVER_KEY } from '../query-client.ts'
import { chooseHereByDefault } from '../presence/here-default.ts'
import type { ProfileViewBasic, ServerInfo } from '../views.ts'

export interface Session {
  /** `unknown` until the server has answered, so that nothing flickers. */
  readonly status: 'unknown' | 'signed-out' | 'signed-in'
  readonly actor: ProfileViewBasic | undefined
}

const ASKED_AGAIN_AFTER_MS = 10_000

const SessionContext = createContext<Session>({ status: 'unknown', actor: undefined })

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const { data, isPending } = useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => ask('app.waypost.actor.getSession', {}, signal),
    staleTime: 5 * 60_000,
    // Whoever could not be asked for is not signed out: they are asked for until there is an answer.
    refetchInterval: ({ state }) => state.status === 'error' && navigator.onLine && ASKED_AGAIN_AFTER_MS,
  })
  const actor = data?.actor
  const status = actor !== undefined ? 'signed-in' : isPending ? 'unknown' : 'signed-out'
  return <SessionContext value={{ status, actor }}>{children}</SessionContext>
}

export function useSession(): Session {
  return useContext(SessionContext)
}

const ASKED_EVERY_MS = 10 * 60_000
/** What a server leaves out it does again some time: it is asked so often meanwhile. */
const SHED_ASKED_EVERY_MS = 60_000

/** What this server offers; undefined until known. */
export function useServerInfo(): ServerInfo | undefined {
  const { data } = useQuery({
    queryKey: SERVER_KEY,
    queryFn: ({ signal }) => ask('app.waypost.server.getInfo', {}, signal),
    staleTime: ASKED_EVERY_MS,
    refetchInterval: ({ state }) => (state.data?.shed === undefined ? ASKED_EVERY_MS : SHED_ASKED_EVERY_MS),
  })
  return data
}

/** Signs out, here or in every browser, and starts over: no page may keep what only that person could see, and nothing more is told here. */
export async function leave(where: 'here' | 'everywhere' = 'here'): Promise<void> {
  // Whoever wants to leave leaves, also where the push service is away.
  await import('../push/push.ts').then(({ turnPushOff }) => turnPushOff()).catch(() => undefined)
  await signOut(where === 'everywhere' ? 'all' : undefined)
  await navigator.clearAppBadge?.().catch(() => undefined)
  // Whoever uses this device next chooses for themselves.
  chooseHereByDefault(false)
  location.assign('/')
}
