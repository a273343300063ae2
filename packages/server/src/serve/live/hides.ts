import { splitAtUri, type Did, type World } from '@waypost/kernel'
import type { Queries } from '#query/queries.ts'
import type { Listener, LiveChange } from './tail.ts'

/** Blocks are looked up anew after so long, while somebody follows. */
const KNOWN_MS = 1_000

/**
 * What is hidden from somebody who follows live: check-ins of those between whom and them a block stands, and those that
 * name them as company. The bytes are everybody's, so a check-in goes as a whole. Nothing where there is no block.
 */
export function hidesFrom(
  world: World,
  queries: Pick<Queries, 'blockedDids'>,
  viewer: Did,
): NonNullable<Listener['hides']> {
  let blocked: ReadonlySet<string> = new Set()
  let knownAt = Number.NEGATIVE_INFINITY
  const hides = (change: LiveChange): boolean => {
    if (change.kind !== 'checkin') return false
    if (blocked.has(splitAtUri(change.uri)?.did ?? '')) return true
    const { with: company = [] } = (change.checkin() ?? {}) as { with?: readonly { did: string }[] }
    return company.some(({ did }) => blocked.has(did))
  }
  return () => {
    const now = world.clock.elapsed()
    if (now - knownAt >= KNOWN_MS) {
      blocked = queries.blockedDids(viewer)
      knownAt = now
    }
    return blocked.size === 0 ? undefined : hides
  }
}
