import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { explain } from '../api.ts'
import { t } from '../language/pages.ts'
import { useServerInfo } from '../session/session.tsx'
import { Switch } from '../ui/switch.tsx'
import { say } from '../ui/toast.tsx'
import { readPushState, renewPush, turnPushOff, turnPushOn } from './push.ts'

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
      say(fault instanceof DOMException ? t.push.notTaken : explain(fault))
    } finally {
      setBusy(false)
    }
  }
  if (state !== 'on' && state !== 'off') return <p className="push quiet">{t.push.explained[state]}</p>
  return (
    <div className="push">
      <Switch
        label={t.push.tellMe}
        note={t.push.explained[state]}
        isOn={isOn}
        isDisabled={isBusy}
        onTurn={() => void turn()}
      />
    </div>
  )
}
