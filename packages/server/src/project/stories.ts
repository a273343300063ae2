import fc from 'fast-check'
import {
  account,
  cafe,
  called,
  checkedIn,
  checkinUri,
  cidOf,
  commented,
  didOf,
  followed,
  liked,
  removed,
  snapshot,
  uriOf,
  wrote,
  type Step,
} from './given.ts'

/** Any stories for tests: what the people of a small world may do in it, in any order. */

export const WHO = ['ana', 'ben', 'cid']
const CHECKINS = ['one', 'two', 'three']

const who = fc.constantFrom(...WHO)
const checkin = fc.constantFrom(...CHECKINS)
const subject = fc.tuple(who, checkin).map(([author, name]) => checkinUri(author, name))
/** Ana's, where she wrote it; others may speak of it before, and after. */
const bench = [
  { $type: 'com.atproto.repo.strongRef', uri: uriOf('ana', 'app.waypost.place', 'bench'), cid: cidOf(Buffer.of()) },
]
const place = fc.constantFrom<Record<string, unknown>>(
  cafe,
  { ...cafe, name: 'Cafe am Eck' },
  { ...cafe, name: 'Zum Eck', geo: { latitude: '52.6', longitude: '13.4' } },
  { name: 'Throne', refs: bench },
  { name: 'Kiosk', geo: { latitude: '48.2', longitude: '16.37' }, address: { country: 'AT' } },
  { name: 'Somewhere' },
)
/** Either way round, of one's own place or not, and once of a place with itself. */
const linked = fc.constantFrom<readonly [object, object]>(
  [cafe, { name: 'Throne', refs: bench }],
  [{ name: 'Throne', refs: bench }, cafe],
  [cafe, { name: 'Kiosk', geo: cafe.geo }],
  [cafe, cafe],
)
const LIST = 'app.waypost.list'
const like = 'community.lexicon.interaction.like'

const put: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, checkin, place).map(([author, name, at]) => checkedIn(author, name, { place: at })),
  fc.tuple(who, checkin).map(([author, name]) => checkedIn(author, name, {}, { valid: false })),
  fc.tuple(who, subject, fc.constantFrom('a', 'b')).map(([author, uri, name]) => liked(author, uri, name)),
  fc.tuple(who, subject, fc.constantFrom('x', 'y')).map(([author, uri, name]) => commented(author, uri, 'hm', name)),
  fc.tuple(who, who).map(([author, whom]) => followed(author, whom)),
  who.map((author) =>
    wrote(author, 'app.waypost.profile', 'self', (createdAt) => ({ displayName: author, createdAt })),
  ),
  fc.tuple(who, checkin).map(([author, name]) => checkedIn(author, name, { with: WHO.map(didOf), text: name })),
  fc.tuple(who, subject).map(([author, uri]) =>
    wrote(author, 'app.waypost.companion', 'c', (createdAt) => ({
      subject: { uri, cid: cidOf(Buffer.of()) },
      createdAt,
    })),
  ),
  fc.tuple(who, who).map(([author, owner]) =>
    wrote(author, 'app.waypost.listItem', 'i', (createdAt) => ({
      place: cafe,
      list: uriOf(owner, LIST, 'l'),
      createdAt,
    })),
  ),
  who.map((author) => wrote(author, LIST, 'l', (createdAt) => ({ name: 'Harbours', createdAt }))),
  fc
    .tuple(who, who)
    .map(([author, owner]) =>
      wrote(author, 'app.waypost.listFollow', 'f', (createdAt) => ({ subject: uriOf(owner, LIST, 'l'), createdAt })),
    ),
  who.map((author) => wrote(author, 'app.waypost.tip', 't', (createdAt) => ({ place: cafe, text: 'Go', createdAt }))),
  fc
    .tuple(who, fc.constantFrom('m', 'n'), linked)
    .map(([author, name, [place, sameAs]]) =>
      wrote(author, 'app.waypost.placeLink', name, (createdAt) => ({ place, sameAs, createdAt })),
    ),
  who.map((author) =>
    wrote(author, 'app.waypost.place', 'bench', (createdAt) => ({ name: 'Bench', geo: cafe.geo, createdAt })),
  ),
)
const remove: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, checkin).map(([author, name]) => removed(author, 'app.waypost.checkin', name)),
  fc.tuple(who, fc.constantFrom('a', 'b')).map(([author, name]) => removed(author, like, name)),
  fc.tuple(who, fc.constantFrom('x', 'y')).map(([author, name]) => removed(author, 'app.waypost.comment', name)),
  fc.tuple(who, who).map(([author, whom]) => removed(author, 'app.bsky.graph.follow', `follow ${whom}`)),
  who.map((author) => removed(author, 'app.waypost.place', 'bench')),
  who.map((author) => removed(author, 'app.waypost.companion', 'c')),
  who.map((author) => removed(author, LIST, 'l')),
  who.map((author) => removed(author, 'app.waypost.listItem', 'i')),
  who.map((author) => removed(author, 'app.waypost.tip', 't')),
  fc.tuple(who, fc.constantFrom('m', 'n')).map(([author, name]) => removed(author, 'app.waypost.placeLink', name)),
)
const write = fc.oneof({ weight: 3, arbitrary: put }, { weight: 1, arbitrary: remove })
const standing = fc.tuple(who, fc.constantFrom('active', 'deactivated', 'takendown')).map(([a, s]) => account(a, s))
const other: fc.Arbitrary<Step> = fc.oneof(
  standing,
  who.map((author) => snapshot(author)),
  who.map((author) => called(author, `${author}.example`)),
)
export const writes = fc.array(write, { maxLength: 25 })
/** Everybody is there at its beginning, and no account is deleted. */
export const story = fc.array(fc.oneof({ weight: 4, arbitrary: write }, { weight: 1, arbitrary: other }), {
  maxLength: 30,
})
