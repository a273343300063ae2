import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'
import type { PrivateItem } from '#log/private-event.ts'
import type { PrivateStore } from './private-store.ts'
import { REPORT_MS_MAX } from './moderation/reports.ts'
import { PUSH_MS_MAX } from './push/subscriptions.ts'
import { GRANT_MS_MAX } from './session/oauth-stores.ts'

interface Moved {
  readonly key: string
  readonly did: Did
  readonly item: PrivateItem
}

/** Under which prefix the key-value store had each kind, and what becomes of a key: the person, then the rest of it. */
const KINDS: readonly {
  readonly prefix: string
  readonly itemOf: (rest: string, value: string, now: number) => PrivateItem
}[] = [
  { prefix: 'denial/', itemOf: (id) => ({ kind: 'denial', id, value: '', expiresAt: undefined }) },
  { prefix: 'seen/', itemOf: (_, value) => ({ kind: 'seen', id: '', value, expiresAt: undefined }) },
  {
    prefix: 'report/',
    itemOf: (id, value) => ({ kind: 'report', id, value, expiresAt: sinceOf(value) + REPORT_MS_MAX }),
  },
  { prefix: 'push/', itemOf: (id, value) => ({ kind: 'push', id, value, expiresAt: sinceOf(value) + PUSH_MS_MAX }) },
  {
    prefix: 'oauth/tokens/',
    itemOf: (_, value, now) => ({ kind: 'grant', id: '', value, expiresAt: now + GRANT_MS_MAX }),
  },
]
/** Nobody reads these any more. */
const LEFT_OVER = ['push-owner/', 'denials-changed']

/**
 * What versions before the private log kept in the key-value store goes into the private log. Broken off, it goes on at
 * the next start; what is in the log already is newer, and stays. Answers how many things were moved.
 */
export async function moveIntoPrivate(world: World, keyValue: KeyValue, kept: PrivateStore): Promise<number> {
  let count = 0
  for (const { prefix, itemOf } of KINDS) {
    for (const key of await keyValue.list(prefix)) {
      const held = await keyValue.get(key)
      const [did, rest] = cut(key.slice(prefix.length))
      if (held) await move({ key, did, item: itemOf(rest, Buffer.from(held.value).toString(), world.clock.now()) })
    }
  }
  for (const prefix of LEFT_OVER) for (const key of await keyValue.list(prefix)) await keyValue.delete(key)
  return count

  async function move({ key, did, item: { kind, id, value, expiresAt } }: Moved): Promise<void> {
    await kept.change(did, async (own) => {
      if (kept.get(did, kind, id)) return
      await own.put(kind, id, value, { expiresAt })
      count++
    })
    await keyValue.delete(key)
  }
}

/** A DID has no slash. */
function cut(text: string): readonly [Did, string] {
  const end = text.indexOf('/')
  return end < 0 ? [text as Did, ''] : [text.slice(0, end) as Did, text.slice(end + 1)]
}

function sinceOf(value: string): number {
  return (JSON.parse(value) as { at: number }).at
}
