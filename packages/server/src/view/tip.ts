import type { CidString } from '@atproto/lex'
import type { app } from '@waypost/lexicon'
import type { TipRow } from '#query/tip.ts'
import { photoView } from './checkin.ts'
import { cutText } from './cut-text.ts'
import { datetime } from './datetime.ts'
import { placeViewBasic } from './place.ts'
import { profileViewBasic } from './profile.ts'
import type { Visible } from './visible-to.ts'

const TEXT_LIMIT = { bytes: 5_000, graphemes: 500 }

export function tipView({
  uri,
  cid,
  author,
  place,
  placeId,
  text,
  photo,
  sort,
}: Visible<TipRow>): app.waypost.feed.defs.TipView {
  return {
    uri,
    cid: cid as CidString,
    author: profileViewBasic(author),
    place: placeViewBasic(place, placeId),
    text: cutText(text, TEXT_LIMIT),
    ...(photo && { photo: photoView(author.did, photo) }),
    sortAt: datetime(sort),
  }
}
