import type { CidString, DatetimeString, LexMap } from '@atproto/lex'
import type { app } from '@waypost/lexicon'
import { recordJson, type VisitPhoto } from '#project/read-checkin.ts'
import type { CheckinRow, Companion } from '#query/checkin.ts'
import { datetime } from './datetime.ts'
import { readFacets } from './facets.ts'
import { imagePath } from './image-path.ts'
import { placeViewBasic } from './place.ts'
import { profileViewBasic, strangerView } from './profile.ts'
import type { Visible } from './visible-to.ts'

type CheckinView = app.waypost.feed.defs.CheckinView
type PhotoView = app.waypost.feed.defs.PhotoView

/** A check-in, ready to show: plain JSON. `signedIn`: whether to say what the viewer did with it. */
export function checkinView(row: Visible<CheckinRow>, options: { readonly signedIn: boolean }): CheckinView {
  const { author, visit } = row
  const { text, position, visitedAt, createdAt } = visit
  const facets = readFacets(text, visit.facets)
  return {
    uri: row.uri,
    cid: row.cid as CidString,
    author: profileViewBasic(author),
    place: placeViewBasic(visit.place, visit.placeId),
    ...(text !== undefined && { text }),
    ...(facets && { facets }),
    ...(visit.photos.length > 0 && { photos: visit.photos.map((photo) => photoView(author.did, photo)) }),
    ...companyView(row.with),
    ...(row.labels.length > 0 && { labels: [...row.labels] }),
    ...(position && { position: position as app.waypost.checkin.Position }),
    ...(visitedAt !== undefined && { visitedAt: visitedAt as DatetimeString }),
    ...(createdAt !== undefined && { createdAt: createdAt as DatetimeString }),
    sortAt: datetime(row.sort),
    source: visit.source,
    likeCount: row.likeCount,
    commentCount: row.commentCount,
    ...(options.signedIn && { viewer: row.viewerLike ? { like: row.viewerLike } : {} }),
    record: recordJson(row.record) as LexMap,
  }
}

/** The part of a check-in that speaks of others; `company` as far as the viewer may see it. */
export function companyView(company: readonly Companion[]): Pick<CheckinView, 'with' | 'withPending'> {
  return {
    ...(company.length > 0 && {
      with: company.map(({ did, person }) => (person ? profileViewBasic(person) : strangerView(did))),
    }),
    ...(company.some(({ accepted }) => !accepted) && {
      withPending: company.flatMap(({ did, accepted }) => (accepted ? [] : [did])),
    }),
  }
}

export function photoView(did: string, { cid, alt, aspectRatio }: VisitPhoto): PhotoView {
  return {
    thumb: imagePath('thumb', did, cid),
    fullsize: imagePath('full', did, cid),
    alt,
    ...(aspectRatio && { aspectRatio: { ...aspectRatio } }),
  }
}
