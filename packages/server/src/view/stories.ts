import fc from 'fast-check'
import {
  blobOf,
  blocked,
  cafe,
  called,
  checkedIn,
  checkinUri,
  didOf,
  removed,
  wrote,
  type Step,
} from '#project/given.ts'
import { WHO } from '#project/stories.ts'

/** For property tests: what shows in views, beside what projections fold. */

const who = fc.constantFrom(...WHO)
const name = fc.constantFrom('one', 'two', 'three')
const label = fc.constantFrom('!hide', '!no-unauthenticated', 'porn')
const labels = (value: string) => ({ $type: 'com.atproto.label.defs#selfLabels', values: [{ val: value }] })

/** What stories of projections do not tell of: names that change, labels, blocks, photos, many at once. */
export const detail: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, who).map(([author, whom]) => blocked(author, whom)),
  fc.tuple(who, who).map(([author, whom]) => removed(author, 'app.bsky.graph.block', `block ${whom}`)),
  fc.tuple(who, fc.constantFrom('Ana', 'Ölvar', 'ben')).map(([author, displayName]) =>
    wrote(author, 'app.waypost.profile', 'self', (createdAt) => ({
      displayName,
      avatar: blobOf(displayName),
      createdAt,
    })),
  ),
  fc
    .tuple(who, label)
    .map(([author, value]) =>
      wrote(author, 'app.waypost.profile', 'self', (createdAt) => ({ labels: labels(value), createdAt })),
    ),
  who.map((author) => called(author, 'the.one.example')),
  fc.tuple(who, name, label).map(([author, which, value]) =>
    checkedIn(author, which, {
      place: cafe,
      text: 'Moin 🍰',
      photos: [{ image: blobOf(which), alt: 'Ü' }],
      with: [...WHO.map(didOf), didOf('stranger')],
      labels: labels(value),
    }),
  ),
  fc.tuple(who, who, name).map(([author, owner, which]) =>
    wrote(author, 'community.lexicon.interaction.like', `of ${which}`, (createdAt) => ({
      subject: { uri: checkinUri(owner, which), cid: 'bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku' },
      createdAt,
    })),
  ),
)

/** Something for all of it to be about. */
export const standing: readonly Step[] = WHO.flatMap((author) =>
  ['one', 'two'].map((which) => checkedIn(author, which)),
)
