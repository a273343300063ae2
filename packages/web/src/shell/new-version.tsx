import { RefreshCw } from 'lucide'
import { useSyncExternalStore } from 'react'
import { hasNewVersion, subscribeVersion, takeNewVersion } from '../device/worker.ts'
import { t } from '../language/language.ts'
import { Icon } from '../ui/icon.tsx'

/** Offers the newer version of the app that waits. The one that is open goes on as it is until then. */
export function NewVersion() {
  const isThere = useSyncExternalStore(subscribeVersion, hasNewVersion)
  return (
    <div role="status" className="new-version" data-shown={isThere || undefined}>
      {isThere && (
        <button type="button" className="button button-raised" onClick={takeNewVersion}>
          <Icon of={RefreshCw} size={17} />
          {t.shell.newVersion}
        </button>
      )}
    </div>
  )
}
