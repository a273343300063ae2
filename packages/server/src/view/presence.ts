import type { AtUri } from '@waypost/kernel'
import type { app } from '@waypost/lexicon'
import type { PersonRow } from '#query/person.ts'
import { datetime } from './datetime.ts'
import { profileViewBasic } from './profile.ts'
import type { Visible } from './visible-to.ts'

export interface PersonHereRow {
  readonly author: PersonRow
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  /** Undefined where the viewer may not see it. */
  readonly checkin: AtUri | undefined
}

export function personHere({
  author,
  sinceMs,
  checkin,
}: Visible<PersonHereRow>): app.waypost.presence.getHereNow.PersonHere {
  return {
    actor: profileViewBasic(author),
    since: datetime(sinceMs),
    ...(checkin !== undefined && { checkin }),
  }
}
