import type { app } from '@waypost/lexicon'
import type { ListRow, SavedPlace } from '#query/list.ts'
import type { PlaceRow } from '#query/place-row.ts'
import { datetime } from './datetime.ts'
import { placeView } from './place.ts'
import { profileViewBasic } from './profile.ts'
import type { Visible } from './visible-to.ts'

export function listView(row: Visible<ListRow>): app.waypost.list.defs.ListView {
  const { uri, cid, author, name, description, placeCount, followerCount, following } = row
  return {
    uri,
    cid,
    author: profileViewBasic(author),
    name,
    ...(description !== undefined && { description }),
    placeCount,
    followerCount,
    ...(following && { following }),
  }
}

/** `known`: what is known of the place by now; as it was when it was saved otherwise. */
export function savedView(saved: Visible<SavedPlace>, known: PlaceRow | undefined): app.waypost.list.defs.SavedView {
  const { uri, place, placeId, note, sort } = saved
  const row = known ?? {
    ...place,
    id: placeId,
    ids: [placeId],
    checkinCount: 0,
    personCount: 0,
    distance: undefined,
    attribution: undefined,
  }
  return { uri, place: placeView(row), ...(note !== undefined && { note }), savedAt: datetime(sort) }
}
