/**
 * The worker of this site, one for all that the browser wants one for: it has the app ready without a connection, keeps
 * what was read, sends what waits, and shows what is pushed. Each part is in a file of its own; here it is said which
 * happens when.
 */
import { keepShared } from '../device/shared.ts'
import { OUTBOX_TAG, TAKE_OVER, KEEP_MAP } from '../device/worker-messages.ts'
import { sendAllKept } from '../outbox/send-all.ts'
import { belongTo, fresh } from './kept-answers.ts'
import { followNotification, showNotification } from './notifications.ts'
import { treatmentOf } from './treatment.ts'

declare const self: ServiceWorkerGlobalScope

const SHELL = `waypost-shell-${VERSION}`
/** Files that not everybody needs: the map, scripts that few want to read. */
const REST = 'waypost-rest'
const REST_FILES_MAX = 40

self.addEventListener('install', (event) => event.waitUntil(install()))

// A new version waits until it is asked to take over, so that no page is left with half of an old one.
self.addEventListener('message', (event) => {
  if (event.data === TAKE_OVER) event.waitUntil(self.skipWaiting())
  if (event.data === KEEP_MAP) event.waitUntil(keepMap())
})

self.addEventListener('activate', (event) => event.waitUntil(takeOver()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  switch (treatmentOf(request, self.location.origin)) {
    case 'page':
      return event.respondWith(fromShell('/', request))
    case 'asset':
      return event.respondWith(fromShell(request, request))
    case 'answer':
    case 'session':
      return event.respondWith(fresh(request, 'answer'))
    case 'picture':
      return event.respondWith(fresh(request, 'picture'))
    case 'sign-out':
      return event.waitUntil(belongTo(undefined))
    case 'share':
      return event.respondWith(takeShare(request))
    case 'network':
      return undefined
  }
})

self.addEventListener('push', (event) => event.waitUntil(showNotification(self, event)))
self.addEventListener('notificationclick', (event) => event.waitUntil(followNotification(self, event)))

// Where it rejects, the browser lets it try again later.
self.addEventListener('sync', (event) => {
  if (event.tag === OUTBOX_TAG) event.waitUntil(sendAllKept())
})

/** The composer takes it from there. */
async function takeShare(request: Request): Promise<Response> {
  await keepShared(await request.formData())
  return Response.redirect('/check-in', 303)
}

/** All files or none: half an app is no app. */
async function install(): Promise<void> {
  const shell = await caches.open(SHELL)
  await shell.addAll([new Request('/', { cache: 'reload' }), ...SHELL_FILES])
}

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith('waypost-shell-') && name !== SHELL)
  await Promise.all(old.map((name) => caches.delete(name)))
  await self.clients.claim()
}

async function fromShell(wanted: RequestInfo, request: Request): Promise<Response> {
  const kept = await (await caches.open(SHELL)).match(wanted)
  if (kept !== undefined) return kept
  return wanted === request ? fromRest(request) : fetch(request)
}

async function fromRest(request: Request): Promise<Response> {
  const rest = await caches.open(REST)
  const kept = await rest.match(request)
  if (kept !== undefined) return kept
  const response = await fetch(request)
  if (response.ok) await keepRest(rest, request, response.clone())
  return response
}

async function keepRest(rest: Cache, request: Request, response: Response): Promise<void> {
  try {
    await rest.put(request, response)
    const keys = await rest.keys()
    await Promise.all(keys.slice(0, -REST_FILES_MAX).map((key) => rest.delete(key)))
  } catch {
    // No room: it is fetched again another time.
  }
}

/** What a pin is dropped with. */
async function keepMap(): Promise<void> {
  for (const file of MAP_FILES) await fromRest(new Request(file))
}
