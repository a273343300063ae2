import { KEEP_MAP, OUTBOX_TAG, TAKE_OVER } from './worker-messages.ts'

export const WORKER = '/service-worker.js'

interface Syncing {
  readonly sync?: { register(tag: string): Promise<void> }
}

let waiting: ServiceWorker | undefined
const listeners = new Set<() => void>()

/** Makes the app ready to be opened without a connection, and looks for new versions of it. */
export async function startWorker(): Promise<void> {
  const registration = await navigator.serviceWorker.register(WORKER, { updateViaCache: 'none' })
  const look = () => {
    // Without a worker that has the page, the new one is the first, and takes over by itself.
    waiting = navigator.serviceWorker.controller === null ? undefined : (registration.waiting ?? undefined)
    for (const listener of listeners) listener()
  }
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
  // In another tab it was taken.
  navigator.serviceWorker.addEventListener('controllerchange', look)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') registration.update().catch(() => undefined)
  })
  look()
}

/** Whether a newer version of the app is ready. */
export function hasNewVersion(): boolean {
  return waiting !== undefined
}

export function subscribeVersion(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Loads the page again, with the new version. */
export function takeNewVersion(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting?.postMessage(TAKE_OVER)
}

/** Lets the browser send what waits once there is a connection, also when no page is open. Not every browser can. */
export async function askForSync(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const registration = (await navigator.serviceWorker.getRegistration()) as Syncing | undefined
  await registration?.sync?.register(OUTBOX_TAG)
}

/** Has the map ready for a pin, unless the person saves data. */
export function keepMapReady(): void {
  const { connection } = navigator as { readonly connection?: { readonly saveData?: boolean } }
  if (connection?.saveData !== true && 'serviceWorker' in navigator)
    navigator.serviceWorker.controller?.postMessage(KEEP_MAP)
}
