import type { AtUriString, CidString, DatetimeString } from '@atproto/lex'
import type { app } from '@waypost/lexicon'
import { splitAtUri } from '@waypost/kernel'
import type { CommentRow } from '#query/checkin.ts'
import { datetime } from './datetime.ts'
import { readFacets } from './facets.ts'
import { profileViewBasic } from './profile.ts'
import type { Visible } from './visible-to.ts'

/** A comment, ready to show. */
export function commentView(row: Visible<CommentRow>): app.waypost.feed.defs.CommentView {
  const { text, subject, reply, createdAt } = row.remark
  const facets = readFacets(text, row.remark.facets)
  return {
    uri: row.uri,
    cid: row.cid as CidString,
    author: profileViewBasic(row.author),
    subject: subject as AtUriString,
    text,
    ...(facets && { facets }),
    ...(reply !== undefined && splitAtUri(reply) && { reply: reply as AtUriString }),
    ...(createdAt !== undefined && { createdAt: createdAt as DatetimeString }),
    sortAt: datetime(row.sort),
  }
}
