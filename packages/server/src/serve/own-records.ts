import { splitAtUri } from '@waypost/kernel'
import type { Queries } from '#query/queries.ts'
import type { OwnRecords } from './writing.ts'

/** The likes that we may take back: those of other apps are theirs. */
const LIKE = 'community.lexicon.interaction.like'

export function ownRecords(queries: Queries): OwnRecords {
  return {
    isShown({ kind, id }) {
      if (kind === 'place') return queries.place(id) !== undefined
      return kind === 'checkin' ? queries.checkinId(id) !== undefined : queries.actor(id) !== undefined
    },
    isVisible: (uri) => queries.checkinId(uri) !== undefined,
    checkin(did, uri) {
      const id = splitAtUri(uri)?.did === did ? queries.checkinId(uri) : undefined
      const [row] = id === undefined ? [] : queries.checkins([id], did)
      return row && { uri: row.uri, placeId: row.visit.placeId, sortMs: row.sort }
    },
    likes: (did, subject) => queries.likesOf(did, subject).filter(({ uri }) => splitAtUri(uri)?.collection === LIKE),
    follows: (did, subject) => queries.followsOf(did, subject),
    saves: (did, place) => queries.savesOf(did, queries.idsOf(place)),
    isList: (uri) => queries.list(uri, undefined) !== undefined,
    listFollows: (did, list) => queries.listFollowsOf(did, list),
    placeLinks: (did, one, other) => queries.linksBetween(did, one, other),
    canBeOne: (one, other) => queries.canBeOne(one, other),
    isNamed(did, checkin) {
      const id = queries.checkinId(checkin)
      return id !== undefined && queries.checkins([id], undefined).some(({ visit }) => visit.with.includes(did))
    },
    acceptances: (did, checkin) => queries.acceptancesOf(did, checkin),
    blocks(did, subject) {
      const person = queries.actor(subject)
      return person === undefined ? [] : queries.blocksOf(did, person.did)
    },
  }
}
