interface Told {
  readonly title: string
  readonly body: string
  readonly path: string
  readonly tag: string
}

/** Shows what the server tells this browser (packages/server/src/serve/push/message.ts). */
export async function showNotification({ registration }: ServiceWorkerGlobalScope, event: PushEvent): Promise<void> {
  const { title, body, path, tag } = event.data!.json() as Told
  await registration.showNotification(title, { body, tag, icon: '/icon-192.png', data: { path } })
  // How many are new is not told by push; an open page counts them.
  await navigator.setAppBadge?.()
}

/** Leads to where it is about, in a window that is open already, or else in a new one. */
export async function followNotification(
  { clients }: ServiceWorkerGlobalScope,
  { notification }: NotificationEvent,
): Promise<void> {
  notification.close()
  const { path } = notification.data as { readonly path: string }
  const [open] = await clients.matchAll({ type: 'window' })
  if (open === undefined) await clients.openWindow(path)
  else await (await open.focus()).navigate(path)
}
