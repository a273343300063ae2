import type { Backfill } from '#log/backfill.ts'
import type { Backfills } from '#log/backfills.ts'
import { forgetKnownBefore, peopleKnownBefore } from '#project/known-people.ts'

/**
 * Takes in whom the list in a data folder names. Whoever is in the log then, or has no account any more, is no longer in
 * the list; whoever could not be had is, for the next time.
 */
export function beginReseed(backfills: Pick<Backfills, 'reseed'>, folder: string): Backfill {
  return backfills.reseed(peopleKnownBefore(folder), (settled) => forgetKnownBefore(folder, settled))
}
