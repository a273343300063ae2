import type { KeyValue } from '@waypost/engine'
import type { AtUri, Did } from '@waypost/kernel'
import type { Denials } from '#query/checkin.ts'

/**
 * Who said of which check-ins that they were not there. Private: a record of it would tell everybody what nobody is to
 * see. Others see of a name nothing before it is agreed to anyway, so what they see follows from the repositories alone.
 */
export interface DenialStates extends Denials {
  /** False where the person has denied as many as are kept. */
  add(did: Did, checkin: AtUri): Promise<boolean>
  delete(did: Did, checkin: AtUri): Promise<void>
}

const PREFIX = 'denial/'
/** Of one person, at some 200 bytes each in memory; further ones are not taken. */
const PER_PERSON_MAX = 1_000

/** Reads all of them: they are asked with every check-in that names somebody. `changed`: one has come or gone. */
export async function openDenials(
  keyValue: KeyValue,
  { changed }: { readonly changed: () => void },
): Promise<DenialStates> {
  const byPerson = new Map<Did, Set<string>>()
  const of = (did: Did): Set<string> => {
    const own = byPerson.get(did) ?? new Set()
    byPerson.set(did, own)
    return own
  }
  for (const key of await keyValue.list(PREFIX)) {
    const end = key.indexOf('/', PREFIX.length)
    of(key.slice(PREFIX.length, end) as Did).add(key.slice(end + 1))
  }
  return {
    has: (did, checkin) => byPerson.get(did)?.has(checkin) === true,
    async add(did, checkin) {
      if (of(did).size >= PER_PERSON_MAX) return of(did).has(checkin)
      await keyValue.put(`${PREFIX}${did}/${checkin}`, new Uint8Array())
      of(did).add(checkin)
      changed()
      return true
    },
    async delete(did, checkin) {
      if (byPerson.get(did)?.delete(checkin) !== true) return
      changed()
      await keyValue.delete(`${PREFIX}${did}/${checkin}`)
    },
  }
}
