import type { app } from '@waypost/lexicon'
import { recordJson, type VisitedPlace } from '#project/read-checkin.ts'
import type { PlaceRow } from '#query/place.ts'
import { datetime } from './datetime.ts'

type PlaceViewBasic = app.waypost.place.defs.PlaceViewBasic
type PlaceView = app.waypost.place.defs.PlaceView

/** A place as a check-in tells it; `id` as of `placeId`. */
export function placeViewBasic(place: VisitedPlace, id: string | undefined): PlaceViewBasic {
  const { name, category, geo, address } = place
  return {
    ...(id !== undefined && { id }),
    name,
    ...(category !== undefined && { category }),
    ...(geo && { geo: { ...geo } }),
    ...(address && { address: { ...address } }),
  }
}

/** A place on its own page or in a search; `visits` are the viewer's own. */
export function placeView(
  place: PlaceRow,
  visits?: { readonly count: number; readonly last: number | undefined },
): PlaceView {
  const { id, refs, checkinCount, personCount, distance, attribution } = place
  return {
    ...placeViewBasic(place, id),
    id,
    ...(refs.length > 0 && { refs: refs.map((ref) => recordJson(ref)) as PlaceView['refs'] }),
    checkinCount,
    personCount,
    ...(distance !== undefined && { distance: Math.round(distance) }),
    ...(attribution !== undefined && { attribution }),
    ...(visits && {
      viewer: {
        checkinCount: visits.count,
        ...(visits.last !== undefined && { lastCheckinAt: datetime(visits.last) }),
      },
    }),
  } as PlaceView
}

/** The same in the form that records have. */
export function visitedPlace(place: VisitedPlace): app.waypost.checkin.Place {
  const { name, category, geo, address, refs } = place
  return {
    name,
    ...(refs.length > 0 && { refs: refs.map((ref) => recordJson(ref)) as app.waypost.checkin.Place['refs'] }),
    ...(geo && { geo: { ...geo } }),
    ...(address && { address: { ...address } }),
    ...(category !== undefined && { category }),
  }
}
