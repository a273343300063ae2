import { useEffect } from 'react'
import { useSession } from '../session/session.tsx'
import { outbox } from './here.ts'

/** Sends what is kept on this device for as long as the page is open. Draws nothing. */
export function OutboxKeeper() {
  const { status, actor } = useSession()
  const me = actor?.did
  useEffect(() => {
    // A browser that keeps nothing has nothing to send.
    outbox.start().catch(() => undefined)
    const wake = () => outbox.tell({ type: 'woke' })
    window.addEventListener('online', wake)
    return () => window.removeEventListener('online', wake)
  }, [])
  useEffect(() => {
    if (status !== 'unknown') outbox.tell({ type: 'session', me })
  }, [status, me])
  return null
}
