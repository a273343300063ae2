import { CHANNEL } from './outbox.ts'
import { sendKept } from './send.ts'
import { keptEntries } from './store.ts'

/** Sends all that waits, while no page is open. @throws where a connection is still missing */
export async function sendAllKept(): Promise<void> {
  const channel = new BroadcastChannel(CHANNEL)
  let failures = 0
  for (const { rkey, status } of await keptEntries()) {
    if (status !== 'waiting') continue
    const { kind } = await sendKept(rkey)
    if (kind === 'failed') failures++
    channel.postMessage('changed')
  }
  channel.close()
  if (failures > 0) throw new Error(`${failures} not sent yet`)
}
