import type { KeyValue } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import type { Queries } from '#query/queries.ts'
import type { PrivateStore } from '#serve/private-store.ts'
import type { SeenStates } from '#serve/seen.ts'
import { createPushDelivery, type PushOutcome } from './delivery.ts'
import type { PushKeys } from './keys.ts'
import { startPush, type Push } from './push.ts'
import { createPushSubscriptions } from './subscriptions.ts'

/** The parts of pushing, put together: who is subscribed, what to tell them, and how it gets there. */
export function openPush(parts: {
  readonly world: World
  readonly keyValue: KeyValue
  readonly kept: PrivateStore
  readonly queries: Queries
  readonly seen: SeenStates
  readonly outbound: Outbound
  readonly keys: PushKeys
  readonly ended: (outcome: PushOutcome) => void
  readonly failed: (error: unknown) => void
}): Push {
  const { world, kept, outbound, keys, ended, failed } = parts
  const subscriptions = createPushSubscriptions(world, kept)
  const deliver = createPushDelivery({
    world,
    fetch: outbound.fetchLike,
    keys,
    ended,
    failed,
    forget: (did, endpoint) => subscriptions.delete(did, endpoint),
  })
  return startPush({ ...parts, subscriptions, deliver, mayReach: (endpoint) => outbound.socketLookup(endpoint).ok })
}
