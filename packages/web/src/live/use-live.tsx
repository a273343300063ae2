import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { ask } from '../api.ts'
import { whenQuiet } from '../device/quiet.ts'
import { feedKey } from '../feed/queries.ts'
import { SERVER_KEY } from '../query-client.ts'
import type { LiveState } from './machine.ts'
import { createLiveStream, type LiveStream } from './stream.ts'

const LiveContext = createContext<LiveStream | undefined>(undefined)

/**
 * Keeps one live stream for the whole visit: leaving the live page closes the connection, coming back goes on where it
 * stopped, and what was let in is still there.
 */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const queryClient = useQueryClient()
  const [stream] = useState(() =>
    createLiveStream({
      connect: (address) => new EventSource(address),
      fraction: () => Math.random(),
      refresh: async () => (await ask('app.waypost.feed.getGlobal', { limit: 50 })).feed,
      reload: () => void queryClient.resetQueries({ queryKey: feedKey({ kind: 'global' }) }),
      askServer: () => void queryClient.invalidateQueries({ queryKey: SERVER_KEY }),
    }),
  )
  return <LiveContext value={stream}>{children}</LiveContext>
}

export function useLiveStream(): LiveStream {
  const stream = useContext(LiveContext)
  if (stream === undefined) throw new Error('the live stream is used outside of its provider')
  return stream
}

/** The live state, with the connection open as long as the component that uses it is there. */
export function useLive(): [LiveState, LiveStream['tell']] {
  const stream = useLiveStream()
  const state = useSyncExternalStore(stream.subscribe, stream.state)
  useEffect(() => {
    let isOver = false
    // The page that is there already comes first.
    void whenQuiet().then(() => {
      if (!isOver) stream.tell({ type: 'started' })
    })
    const retryNow = () => stream.tell({ type: 'retryDue' })
    window.addEventListener('online', retryNow)
    return () => {
      isOver = true
      window.removeEventListener('online', retryNow)
      stream.tell({ type: 'stopped' })
    }
  }, [stream])
  return [state, stream.tell]
}
