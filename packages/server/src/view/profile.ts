import type { app } from '@waypost/lexicon'
import type { Did, Handle } from '@waypost/kernel'
import type { PersonRow, ProfileRow, Relation } from '#query/person.ts'
import { cutText } from './cut-text.ts'
import { datetime } from './datetime.ts'
import { imagePath } from './image-path.ts'
import { visitedPlace } from './place.ts'
import type { Visible } from './visible-to.ts'

type ProfileViewBasic = app.waypost.actor.defs.ProfileViewBasic
type ProfileView = app.waypost.actor.defs.ProfileView

/** What the protocol says in place of a handle that does not point back to its DID. */
export const INVALID_HANDLE: Handle = 'handle.invalid'

const NAME_LIMIT = { bytes: 640, graphemes: 64 }
const DESCRIPTION_LIMIT = { bytes: 2_560, graphemes: 256 }

/** A person in a list. `relation`: where the viewer is somebody else who is signed in. */
export function profileViewBasic(
  person: Pick<PersonRow, 'did' | 'handle' | 'displayName' | 'avatar'>,
  relation?: Relation,
): Omit<ProfileViewBasic, '$type'> {
  const { did, handle, displayName, avatar } = person
  return {
    did,
    handle: handle ?? INVALID_HANDLE,
    ...(displayName !== undefined && { displayName: cutText(displayName, NAME_LIMIT) }),
    ...(avatar !== undefined && { avatar: imagePath('avatar', did, avatar) }),
    ...(relation && { viewer: viewerState(relation) }),
  }
}

/** What somebody is called where there is room for one name. */
export function shownName({ handle, displayName }: Pick<ProfileViewBasic, 'handle' | 'displayName'>): string {
  return displayName ?? (handle === INVALID_HANDLE ? 'Somebody' : `@${handle}`)
}

/** Somebody of whom nothing is known but the DID. */
export function strangerView(did: Did): Omit<ProfileViewBasic, '$type'> {
  return { did, handle: INVALID_HANDLE }
}

/** A person on their own page. */
export function profileView(profile: Visible<ProfileRow>, relation?: Relation): ProfileView {
  const { description, home, firstCheckinAt, lastCheckinAt } = profile
  const { checkinCount, placeCount, countryCount, photoCount, followerCount, followCount } = profile
  return {
    ...profileViewBasic(profile, relation),
    ...(description !== undefined && { description: cutText(description, DESCRIPTION_LIMIT) }),
    ...(home && { home: visitedPlace(home) }),
    checkinCount,
    placeCount,
    countryCount,
    photoCount,
    followerCount,
    followCount,
    ...(firstCheckinAt !== undefined && { firstCheckinAt: datetime(firstCheckinAt) }),
    ...(lastCheckinAt !== undefined && { lastCheckinAt: datetime(lastCheckinAt) }),
  }
}

function viewerState({ following, followedBy }: Relation): app.waypost.actor.defs.ViewerState {
  return { ...(following && { following }), ...(followedBy && { followedBy }) }
}
