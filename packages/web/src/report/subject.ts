import type { CheckinView, PlaceLinkView, PlaceView, ProfileView } from '../views.ts'

/** What somebody may report. A place comes with what people say that it is the same as. */
export type Subject =
  | { readonly kind: 'place'; readonly place: PlaceView; readonly links: readonly PlaceLinkView[] }
  | { readonly kind: 'checkin'; readonly checkin: CheckinView }
  | { readonly kind: 'person'; readonly person: ProfileView }

/** As the lexicon knows it. */
export function subjectOf(subject: Subject): object {
  const $type = 'app.waypost.moderation.report'
  switch (subject.kind) {
    case 'place':
      return { $type: `${$type}#placeSubject`, place: subject.place.id }
    case 'checkin':
      return { $type: 'com.atproto.repo.strongRef', uri: subject.checkin.uri, cid: subject.checkin.cid }
    case 'person':
      return { $type: `${$type}#personSubject`, did: subject.person.did }
  }
}

const OF_PLACES = ['doesNotExist', 'closed', 'wrongPosition', 'wrongName', 'duplicate'] as const
const OF_ALL = ['private', 'offensive', 'spam', 'other'] as const
export type Reason = (typeof OF_PLACES)[number] | (typeof OF_ALL)[number]

export function reasonsFor({ kind }: Subject): readonly Reason[] {
  return kind === 'place' ? [...OF_PLACES, ...OF_ALL] : OF_ALL
}
