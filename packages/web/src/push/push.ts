import { call } from '../api.ts'
import { WORKER } from '../device/worker.ts'

/** Whether this browser is told by push what concerns the person: it cannot, they forbade it, or it is off or on. */
export type PushState = 'unsupported' | 'denied' | 'off' | 'on'

export async function readPushState(): Promise<PushState> {
  if (!isSupported()) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  return (await currentSubscription()) === undefined ? 'off' : 'on'
}

/** Asks the person where they were not asked yet. `publicKey`: the server's, base64url. @throws ApiError, DOMException */
export async function turnPushOn(publicKey: string): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') return readPushState()
  await navigator.serviceWorker.register(WORKER)
  const worker = await navigator.serviceWorker.ready
  // One that was made with another key of the server's is worth nothing, and stands in the way of a new one.
  const before = await worker.pushManager.getSubscription()
  if (before !== null && !isMadeWith(before, publicKey)) await before.unsubscribe()
  await register(await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey }))
  return 'on'
}

/** The server forgets a browser that does not come by, as it does sessions. @throws ApiError */
export async function renewPush(): Promise<void> {
  const subscription = isSupported() ? await currentSubscription() : undefined
  if (subscription !== undefined) await register(subscription)
}

/** The server first: what the browser has forgotten, it could not name any more. @throws ApiError */
export async function turnPushOff(): Promise<PushState> {
  const subscription = isSupported() ? await currentSubscription() : undefined
  if (subscription === undefined) return readPushState()
  await call('app.waypost.notification.unregisterPush', { endpoint: subscription.endpoint })
  await subscription.unsubscribe()
  return 'off'
}

async function register(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON()
  await call('app.waypost.notification.registerPush', {
    endpoint: endpoint!,
    p256dh: keys!['p256dh']!,
    auth: keys!['auth']!,
  })
}

async function currentSubscription(): Promise<PushSubscription | undefined> {
  const worker = await navigator.serviceWorker.getRegistration(WORKER)
  return (await worker?.pushManager.getSubscription()) ?? undefined
}

function isSupported(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
}

function isMadeWith({ options }: PushSubscription, publicKey: string): boolean {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0))
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') === publicKey
}
