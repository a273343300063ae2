import type { KeyValue } from '@waypost/engine'
import type { Did, World } from '@waypost/kernel'
import {
  deletedEntry,
  NAME_BYTES,
  NONCE_BYTES,
  putEntry,
  type PrivateItem,
  type PrivateKind,
} from '#log/private-event.ts'
import { createTurns, leaseLock } from '#log/turns.ts'
import type { PrivateState } from '#project/private-state.ts'

/**
 * What is kept of people that is in no repository, as features see it. Reading is at once and from here: what another
 * replica has written is there as soon as the private log has brought it.
 */
export interface PrivateStore extends Pick<PrivateState, 'get' | 'of' | 'all' | 'catchUp' | 'subscribe'> {
  /**
   * While it runs nobody else changes anything of that person's, on any replica, and what it reads of theirs is the
   * newest. Not within another one of the same person.
   */
  change<T>(did: Did, act: (own: OwnPrivate) => Promise<T>): Promise<T>
}

/** One person's, as whoever may change it has it: each step is durable, and reading shows it, once it resolves. */
export interface OwnPrivate {
  put(kind: PrivateKind, id: string, value: string, options?: Partial<Pick<PrivateItem, 'expiresAt'>>): Promise<void>
  /** For good: no older log brings it back. */
  delete(kind: PrivateKind, id: string): Promise<void>
}

export function createPrivateStore(
  world: World,
  state: PrivateState,
  /** Given where other processes stand on the same engine. */
  shared?: KeyValue,
): PrivateStore {
  const inTurn = createTurns()
  const locked = shared && leaseLock(world, shared, 'private/lock/')

  function own(did: Did): OwnPrivate {
    return {
      async put(kind, id, value, { expiresAt } = {}) {
        const person = await state.ledger.keyFor(did)
        const name = state.nameOf(did, kind, id) ?? Buffer.from(world.random.bytes(NAME_BYTES)).toString('hex')
        const item = { kind, id, value, expiresAt }
        await state.append([putEntry(person, { name, item, nonce: world.random.bytes(NONCE_BYTES) })])
      },
      async delete(kind, id) {
        const name = state.nameOf(did, kind, id)
        if (name === undefined) return
        await state.append([deletedEntry(name, state.get(did, kind, id)?.expiresAt)])
      },
    }
  }

  return {
    get: state.get,
    of: state.of,
    all: state.all,
    catchUp: state.catchUp,
    subscribe: state.subscribe,
    change(did, act) {
      const run = async () => {
        await state.catchUp()
        return act(own(did))
      }
      return inTurn(did, () => (locked ? locked(did, run) : run()))
    },
  }
}
