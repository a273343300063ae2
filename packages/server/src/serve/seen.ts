import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'

/** Up to when somebody has seen what concerns them. Private, so it is in no repository and in no read model. */
export interface SeenStates {
  /** Milliseconds since 1970; 0 for somebody who never looked. */
  get(did: Did): Promise<number>
  /** Never goes back, and never past now: a clock that is wrong silences nobody. */
  raise(did: Did, toMs: number): Promise<void>
}

const PREFIX = 'seen/'
/** Two devices of one person may raise it at once; more often than this nobody loses. */
const TRIES_MAX = 5

export function createSeenStates(world: World, keyValue: KeyValue): SeenStates {
  const read = async (did: Did) => {
    const held = await keyValue.get(PREFIX + did)
    return { revision: held?.revision ?? 0, ms: held === undefined ? 0 : Number(Buffer.from(held.value).toString()) }
  }
  return {
    get: async (did) => (await read(did)).ms,
    async raise(did, wantedMs) {
      const toMs = Math.min(wantedMs, world.clock.now())
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const { revision, ms } = await read(did)
        if (toMs <= ms) return
        if ((await keyValue.compareAndSet(PREFIX + did, Buffer.from(String(toMs)), { revision })).ok) return
      }
    },
  }
}
