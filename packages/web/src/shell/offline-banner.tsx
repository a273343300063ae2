import { WifiOff } from 'lucide'
import { useSyncExternalStore } from 'react'
import { keptAt, subscribeKept } from '../device/kept-at.ts'
import { t } from '../language/language.ts'
import { Icon } from '../ui/icon.tsx'
import { useIsOffline } from '../ui/media.ts'
import { timeInFull } from '../ui/time.ts'

/** Says that there is no connection, and how old what is shown instead is. */
export function OfflineBanner() {
  const isOffline = useIsOffline()
  const at = useSyncExternalStore(subscribeKept, keptAt)
  const words = sentence(isOffline, at)
  return (
    <div role="status" className="offline" data-shown={words !== undefined || undefined}>
      {words !== undefined && (
        <>
          <Icon of={WifiOff} size={17} />
          <span>{words}</span>
        </>
      )}
    </div>
  )
}

function sentence(isOffline: boolean, at: string | undefined): string | undefined {
  if (at === undefined) return isOffline ? t.shell.offline : undefined
  return isOffline ? t.shell.offlineAsOf(timeInFull(at)) : t.shell.unreachableAsOf(timeInFull(at))
}
