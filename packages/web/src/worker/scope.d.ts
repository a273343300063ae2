/** What of a service worker's world we use: TypeScript's own types of it do not go together with those of pages. */
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
interface PushEvent extends ExtendableEvent {
  readonly data: { json(): unknown } | null
}
interface NotificationEvent extends ExtendableEvent {
  readonly notification: Notification
}
interface SyncEvent extends ExtendableEvent {
  readonly tag: string
}
interface WindowClient {
  focus(): Promise<WindowClient>
  navigate(path: string): Promise<WindowClient | null>
}
interface ServiceWorkerGlobalScope extends EventTarget {
  readonly registration: ServiceWorkerRegistration
  readonly location: Location
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: { readonly type: 'window' }): Promise<readonly WindowClient[]>
    openWindow(path: string): Promise<WindowClient | null>
  }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', act: (event: ExtendableEvent) => void): void
  addEventListener(type: 'message', act: (event: ExtendableEvent & { readonly data: unknown }) => void): void
  addEventListener(type: 'fetch', act: (event: FetchEvent) => void): void
  addEventListener(type: 'push', act: (event: PushEvent) => void): void
  addEventListener(type: 'notificationclick', act: (event: NotificationEvent) => void): void
  addEventListener(type: 'sync', act: (event: SyncEvent) => void): void
}

/** Set when the worker is built (`bundle.ts`): the files of the app, those of its map, and a name for just these. */
declare const SHELL_FILES: readonly string[]
declare const MAP_FILES: readonly string[]
declare const VERSION: string
