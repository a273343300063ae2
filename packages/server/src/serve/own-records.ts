import { splitAtUri } from '@waypost/kernel'
import type { Queries } from '#query/queries.ts'
import type { OwnRecords } from './writing.ts'

/** The likes that we may take back: those of other apps are theirs. */
const LIKE = 'community.lexicon.interaction.like'

export function ownRecords(
  queries: Pick<Queries, 'checkinId' | 'likesOf' | 'followsOf' | 'blocksOf' | 'actor'>,
): OwnRecords {
  return {
    isVisible: (uri) => queries.checkinId(uri) !== undefined,
    likes: (did, subject) => queries.likesOf(did, subject).filter(({ uri }) => splitAtUri(uri)?.collection === LIKE),
    follows: (did, subject) => queries.followsOf(did, subject),
    blocks(did, subject) {
      const person = queries.actor(subject)
      return person === undefined ? [] : queries.blocksOf(did, person.did)
    },
  }
}
