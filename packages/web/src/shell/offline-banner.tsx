import { WifiOff } from 'lucide-react'
import { useIsOffline } from '../ui/media.ts'

export function OfflineBanner() {
  const isOffline = useIsOffline()
  return (
    <div role="status" className="offline" data-shown={isOffline || undefined}>
      {isOffline && (
        <>
          <WifiOff size={17} aria-hidden="true" />
          You are offline. What is loaded stays readable.
        </>
      )}
    </div>
  )
}
