import { askForSync } from '../device/worker.ts'
import { t } from '../language/language.ts'
import { queryClient } from '../query-client.ts'
import { say } from '../ui/toast.tsx'
import { createOutbox } from './outbox.ts'

/** What is kept on this device: one for the whole page. */
export const outbox = createOutbox({
  fraction: () => Math.random(),
  onSent({ draft }) {
    askAgain()
    say(t.outbox.sent(draft.place.name))
  },
  // Where the browser cannot do it, the page sends it itself when it is open again.
  onFailed: () => void askForSync().catch(() => undefined),
  onSignedOut: () => void tellWhoIsSignedIn(),
})

/** What a new check-in of one's own changes. */
export function askAgain(): void {
  for (const key of ['feed', 'person', 'place', 'person-stats', 'history', 'crowns', 'board', 'here']) {
    void queryClient.invalidateQueries({ queryKey: [key] })
  }
}

async function tellWhoIsSignedIn(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ['session'] })
  const session = queryClient.getQueryData<{ readonly actor?: { readonly did: string } }>(['session'])
  outbox.tell({ type: 'session', me: session?.actor?.did })
}
