import type { AtUri } from '@waypost/kernel'
import type { Committed } from '#project/batch.ts'
import type { Said } from '#project/projection.ts'

/**
 * The newest check-ins as they were folded in, for whoever shows them to live readers at once: to read their rows and
 * decode them again would take longer than all else that is done for those. Only of those to which nothing was done
 * since: no like, no comment, no edit.
 */
export interface Fresh {
  get(id: number): FreshCheckin | undefined
  /** To be called after each batch that was committed, before anything is asked again. */
  follow(committed: Committed): void
}

export interface FreshCheckin extends Said {
  readonly uri: AtUri
  readonly person: number
  /** Milliseconds since 1970. */
  readonly sort: number
}

/** As many as live readers may be behind, at some 3 kB each; past it the first go. */
const HELD_MAX = 4_096

export function createFresh(): Fresh {
  const held = new Map<number, FreshCheckin>()
  return {
    get: (id) => held.get(id),
    follow({ changes, affected }) {
      for (const change of changes) {
        if (change.kind === 'deletion' || change.said === undefined) held.delete(change.id)
        else held.set(change.id, { ...change.said, uri: change.uri, person: change.person, sort: change.sortMs })
      }
      for (const id of affected.subjects) held.delete(id)
      for (const id of held.keys()) {
        if (held.size <= HELD_MAX) break
        held.delete(id)
      }
    },
  }
}
