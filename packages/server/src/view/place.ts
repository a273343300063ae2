import type { AtUri } from '@waypost/kernel'
import type { app } from '@waypost/lexicon'
import { recordJson, type VisitedPlace } from '#project/read-checkin.ts'
import { NEEDED_COUNT } from '#query/belief.ts'
import type { PlaceLink } from '#query/place-link.ts'
import type { PlaceRow } from '#query/place-row.ts'
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

/** What a viewer has to do with a place. */
export interface OwnAtPlace {
  readonly visits: { readonly count: number; readonly last: number | undefined }
  /** In which list each is; undefined for what was saved just so. */
  readonly saves?: readonly { readonly list: AtUri | undefined }[]
  readonly crownDays?: number
}

/** A place on its own page or in a search; `own` is the viewer's. */
export function placeView(place: PlaceRow, own?: OwnAtPlace): PlaceView {
  const { id, refs, checkinCount, personCount, distance, attribution } = place
  return {
    ...placeViewBasic(place, id),
    id,
    ...(refs.length > 0 && { refs: refs.map((ref) => recordJson(ref)) as PlaceView['refs'] }),
    checkinCount,
    personCount,
    ...(distance !== undefined && { distance: Math.round(distance) }),
    ...(attribution !== undefined && { attribution }),
    ...(own && { viewer: viewerState(own) }),
  } as PlaceView
}

function viewerState({ visits, saves, crownDays }: OwnAtPlace): PlaceView['viewer'] {
  return {
    checkinCount: visits.count,
    ...(visits.last !== undefined && { lastCheckinAt: datetime(visits.last) }),
    ...(crownDays !== undefined && { crownDays }),
    ...(saves && {
      isSaved: saves.some(({ list }) => list === undefined),
      lists: [...new Set(saves.flatMap(({ list }) => list ?? []))],
    }),
  }
}

export function placeLinkView({
  place,
  persons,
  isBelieved,
  viewerSaysSo,
}: PlaceLink): app.waypost.place.defs.PlaceLinkView {
  return {
    place: placeViewBasic(place, place.id),
    personCount: persons,
    neededCount: NEEDED_COUNT,
    isBelieved,
    ...(viewerSaysSo !== undefined && { viewerSaysSo }),
  }
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
