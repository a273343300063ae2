/*
 * Shows what the server tells this browser (packages/server/src/serve/push/message.ts), and leads to where it is about.
 * It keeps nothing and answers no requests.
 */
self.addEventListener('push', (event) => {
  const { title, body, path, tag } = event.data.json()
  const options = { body, tag, icon: '/waypost.svg', data: { path } }
  event.waitUntil(self.registration.showNotification(title, options))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(show(event.notification.data.path))
})

/** In a window that is open already, or else in a new one. */
async function show(path) {
  const [open] = await self.clients.matchAll({ type: 'window' })
  if (open === undefined) return self.clients.openWindow(path)
  await open.focus()
  return open.navigate(path)
}
