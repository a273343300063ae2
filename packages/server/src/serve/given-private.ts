import { openMemoryEngine, type Engine } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import { openPrivateState, type PrivateState } from '#project/private-state.ts'
import { createPrivateStore, type PrivateStore } from './private-store.ts'

/** What is private, as one process has it; several on the same engine are replicas of it. */
export async function givenPrivate(
  world: World,
  engine: Engine = openMemoryEngine({ world }),
): Promise<AsyncDisposable & { readonly kept: PrivateStore; readonly state: PrivateState; readonly engine: Engine }> {
  const failed = (what: string, error: unknown): never => {
    throw new Error(what, { cause: error })
  }
  const state = await openPrivateState({ world, engine, file: ':memory:', failed })
  return {
    kept: createPrivateStore(world, state, engine.keyValue),
    state,
    engine,
    [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
  }
}
