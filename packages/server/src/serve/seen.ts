import type { Did, World } from '@waypost/kernel'
import type { PrivateStore } from '#serve/private-store.ts'

/** Up to when somebody has seen what concerns them. Private, so it is in no repository and in no read model. */
export interface SeenStates {
  /** Milliseconds since 1970; 0 for somebody who never looked. */
  get(did: Did): number
  /** Never goes back, and never past now: a clock that is wrong silences nobody. */
  raise(did: Did, toMs: number): Promise<void>
}

export function createSeenStates(world: World, kept: PrivateStore): SeenStates {
  const get = (did: Did): number => Number(kept.get(did, 'seen', '')?.value ?? 0)
  return {
    get,
    raise: (did, wantedMs) =>
      kept.change(did, async (own) => {
        const toMs = Math.min(wantedMs, world.clock.now())
        if (toMs > get(did)) await own.put('seen', '', String(toMs))
      }),
  }
}
