import type { AtUri, Did } from '@waypost/kernel'
import type { Denials } from '#query/checkin.ts'
import type { PrivateStore } from '#serve/private-store.ts'

/**
 * Who said of which check-ins that they were not there. Private: a record of it would tell everybody what nobody is to
 * see. Others see of a name nothing before it is agreed to anyway, so what they see follows from the repositories alone.
 */
export interface DenialStates extends Denials, Disposable {
  /** False where the person has denied as many as are kept. */
  add(did: Did, checkin: AtUri): Promise<boolean>
  delete(did: Did, checkin: AtUri): Promise<void>
}

/** Of one person, at some 200 bytes each in memory; further ones are not taken. */
const PER_PERSON_MAX = 1_000

/**
 * Has all of them in memory: they are asked with every check-in that names somebody. `changed`: one has come or gone,
 * here or on another replica.
 */
export function openDenials(kept: PrivateStore, { changed }: { readonly changed: () => void }): DenialStates {
  const byPerson = new Map<Did, Set<string>>()
  const of = (did: Did): Set<string> => {
    const own = byPerson.get(did) ?? new Set()
    byPerson.set(did, own)
    return own
  }
  for (const { did, item } of kept.all('denial')) of(did).add(item.id)
  const following = kept.subscribe(({ did, item, isThere }) => {
    if (item.kind !== 'denial') return
    if (isThere) of(did).add(item.id)
    else of(did).delete(item.id)
    if (of(did).size === 0) byPerson.delete(did)
    changed()
  })
  return {
    [Symbol.dispose]: () => following[Symbol.dispose](),
    has: (did, checkin) => byPerson.get(did)?.has(checkin) === true,
    add: (did, checkin) =>
      kept.change(did, async (own) => {
        if (byPerson.get(did)?.has(checkin)) return true
        if ((byPerson.get(did)?.size ?? 0) >= PER_PERSON_MAX) return false
        await own.put('denial', checkin, '')
        return true
      }),
    delete: (did, checkin) => kept.change(did, (own) => own.delete('denial', checkin)),
  }
}
