import type { CheckinRow } from '#query/checkin.ts'
import type { Queries } from '#query/queries.ts'
import type { Present } from './presences.ts'

/**
 * The check-ins by which people say that they are at a place. Those that the read model does not show, or not at this
 * place, are left out: a presence may be told before its check-in has come.
 */
export function rowsOf(
  queries: Pick<Queries, 'checkinId' | 'checkins'>,
  present: readonly Present[],
  places: readonly string[],
): readonly CheckinRow[] {
  const ids = present.flatMap(({ checkin }) => queries.checkinId(checkin) ?? [])
  return queries.checkins(ids, undefined).filter((row) => isIn(places, row))
}

/** Whether a check-in is at the place that has these ids. */
export function isIn(places: readonly string[], { visit }: Pick<CheckinRow, 'visit'>): boolean {
  return visit.placeId !== undefined && places.includes(visit.placeId)
}
