import type { Database } from 'better-sqlite3'
import type { Did } from '@waypost/kernel'
import type { Affected } from '#project/affected.ts'
import { createHeld } from './held.ts'

/**
 * Who looks, as far as it decides what they may see. In: a person's DID, or nobody's. Out: whom they see nothing of,
 * and who sees nothing of them. True for the moment: it is asked for with each request.
 */
export interface Sight {
  /** Undefined for somebody who is not signed in. */
  readonly viewer: Did | undefined
  /** As of `Persons`; undefined also for somebody of whom nothing is known yet. */
  readonly id: number | undefined
  /** Ids of those whom the viewer blocks, and of those who block the viewer. */
  readonly blocked: ReadonlySet<number>
}

export interface Sights {
  sightOf(viewer: Did | undefined): Sight
  /** The same people as in a sight's `blocked`. */
  blockedDids(viewer: Did): ReadonlySet<Did>
}

const NOBODY: ReadonlySet<number> = new Set()

export const STRANGER: Sight = { viewer: undefined, id: undefined, blocked: NOBODY }

/** Of people who asked lately, at some 300 bytes each and 16 for each block. */
const HELD_MAX = 20_000

export function prepareSights(db: Database): Sights & { readonly follow: (affected: Affected) => void } {
  const idOf = db.prepare<[string], { id: number }>('select id from person where did = ?')
  const held = createHeld<number, Sight>({ countMax: HELD_MAX })
  const ids = createHeld<Did, number>({ countMax: HELD_MAX })
  const blocks = db.prepare<[number, number], { person: number }>(
    `select subject as person from block where person = ? and hidden = 0
     union all select person from block where subject = ? and hidden = 0`,
  )
  const dids = db
    .prepare<{ viewer: string }, Did>(
      `with me (id) as (select id from person where did = :viewer)
       select did from person where id in (select subject from block where person = (select id from me) and hidden = 0
         union all select person from block where subject = (select id from me) and hidden = 0)`,
    )
    .pluck()
  return {
    blockedDids: (viewer) => new Set(dids.all({ viewer })),
    sightOf(viewer) {
      if (viewer === undefined) return STRANGER
      const id = ids.get(viewer, (did) => idOf.get(did)?.id)
      if (id === undefined) return { viewer, id, blocked: NOBODY }
      return held.get(id, () => {
        const rows = blocks.all(id, id)
        return { viewer, id, blocked: rows.length === 0 ? NOBODY : new Set(rows.map(({ person }) => person)) }
      })!
    },
    follow: ({ blockers }) => held.forget(blockers),
  }
}
