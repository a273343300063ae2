import type { KeyValue } from '@waypost/engine'
import type { AtUri, Did, World } from '@waypost/kernel'
import type { Denials } from '#query/checkin.ts'

/**
 * Who said of which check-ins that they were not there. Private: a record of it would tell everybody what nobody is to
 * see. Others see of a name nothing before it is agreed to anyway, so what they see follows from the repositories alone.
 */
export interface DenialStates extends Denials, Disposable {
  /** False where the person has denied as many as are kept. */
  add(did: Did, checkin: AtUri): Promise<boolean>
  delete(did: Did, checkin: AtUri): Promise<void>
}

const PREFIX = 'denial/'
/** Written after each change, so that other processes ask for one key to know that there is any. */
const BELL = 'denials-changed'
const LOOK_MS = 1_000
/** Of one person, at some 200 bytes each in memory; further ones are not taken. */
const PER_PERSON_MAX = 1_000

/**
 * Reads all of them: they are asked with every check-in that names somebody. `changed`: one has come or gone. With a
 * `world`, what other processes change is looked for every second.
 */
export async function openDenials(
  keyValue: KeyValue,
  { changed, world }: { readonly changed: () => void; readonly world?: World },
): Promise<DenialStates> {
  let byPerson = new Map<Did, Set<string>>()
  const of = (did: Did): Set<string> => {
    const own = byPerson.get(did) ?? new Set()
    byPerson.set(did, own)
    return own
  }
  let rung: number | undefined

  /** The bell first: what rings while all are read is heard the next time. */
  async function read(): Promise<void> {
    const revision = (await keyValue.get(BELL))?.revision ?? 0
    if (revision === rung) return
    const keys = await keyValue.list(PREFIX)
    const isNews = rung !== undefined
    rung = revision
    byPerson = new Map()
    for (const key of keys) {
      const end = key.indexOf('/', PREFIX.length)
      of(key.slice(PREFIX.length, end) as Did).add(key.slice(end + 1))
    }
    if (isNews) changed()
  }

  const ring = async (): Promise<void> => void (await keyValue.put(BELL, new Uint8Array()))

  await read()
  // Where the engine is away the next look is as good.
  const looking = world?.timers.every(LOOK_MS, () => read().catch(() => undefined))
  return {
    [Symbol.dispose]: () => looking?.[Symbol.dispose](),
    has: (did, checkin) => byPerson.get(did)?.has(checkin) === true,
    async add(did, checkin) {
      if (of(did).size >= PER_PERSON_MAX) return of(did).has(checkin)
      await keyValue.put(`${PREFIX}${did}/${checkin}`, new Uint8Array())
      if (world) await ring()
      of(did).add(checkin)
      changed()
      return true
    },
    async delete(did, checkin) {
      if (byPerson.get(did)?.delete(checkin) !== true) return
      changed()
      await keyValue.delete(`${PREFIX}${did}/${checkin}`)
      if (world) await ring()
    },
  }
}
