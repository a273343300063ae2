import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Bell, BellOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { explain } from '../api.ts'
import { useServerInfo } from '../session/session.tsx'
import { say } from '../ui/toast.tsx'
import { type PushState, readPushState, renewPush, turnPushOff, turnPushOn } from './push.ts'

const EXPLAINED: Readonly<Record<PushState, string>> = {
  unsupported: 'This browser cannot tell you of new ones while Waypost is closed.',
  denied: 'This browser was told not to show notifications of Waypost. Its settings for this site can change that.',
  off: 'Hear of new ones on this device, also while Waypost is closed.',
  on: 'This device tells you of new ones, also while Waypost is closed.',
}

/** Nothing where the server pushes nothing. */
export function PushSwitch() {
  const publicKey = useServerInfo()?.pushPublicKey
  const queryClient = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  const { data: state } = useQuery({ queryKey: ['push'], queryFn: readPushState, enabled: publicKey !== undefined })
  const isOn = state === 'on'
  useEffect(() => {
    if (isOn) renewPush().catch(() => undefined)
  }, [isOn])
  if (publicKey === undefined || state === undefined) return undefined

  const turn = async () => {
    setBusy(true)
    try {
      queryClient.setQueryData(['push'], isOn ? await turnPushOff() : await turnPushOn(publicKey))
    } catch (fault) {
      say(fault instanceof DOMException ? 'This browser does not take it: it may be in private mode.' : explain(fault))
    } finally {
      setBusy(false)
    }
  }
  const Icon = isOn ? Bell : BellOff
  return (
    <div className="push">
      <p className="quiet" id="push-explained">
        {EXPLAINED[state]}
      </p>
      {(state === 'on' || state === 'off') && (
        <button
          type="button"
          role="switch"
          aria-checked={isOn}
          aria-describedby="push-explained"
          className="button button-quiet"
          disabled={isBusy}
          onClick={() => void turn()}
        >
          <Icon size={17} aria-hidden="true" />
          Tell me on this device
        </button>
      )}
    </div>
  )
}
