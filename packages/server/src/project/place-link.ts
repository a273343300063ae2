import type { Database } from 'better-sqlite3'
import { splitAtUri, type Did } from '@waypost/kernel'
import { placeId } from './place-id.ts'
import type { Fold, HeldRecord, PersonId, Projection } from './projection.ts'
import { asObject, readPlace } from './read-checkin.ts'
import { visibleRows } from './visible-rows.ts'

/**
 * In: `app.waypost.placeLink`. Out: who says of which two places that they are one, and for each pair how many do. Whether
 * that is believed depends on who was there, and on what an operator imported: it is decided when places are gathered.
 */

const COLLECTION = 'app.waypost.placeLink'

/** Whether the row's person says so of the pair in another visible record too. */
const SAYS_SO_ELSEWHERE = (row: string) => `exists (select 1 from place_link other
  where other.place = ${row}.place and other.same_as = ${row}.same_as and other.person = ${row}.person
    and other.hidden = 0 and other.id <> ${row}.id)`

/** A pair stands in the table of counts from both of its ends. */
const PAIR = (row: string) =>
  `(place = ${row}.place and other = ${row}.same_as) or (place = ${row}.same_as and other = ${row}.place)`

const SCHEMA = `
create table place_link (
  id integer primary key,
  person integer not null,
  rkey text not null,
  cid text not null,
  -- Ids of places as text, the smaller first: saying so makes no place.
  place text not null,
  same_as text not null,
  -- Whether one of them is an app.waypost.place of the same author.
  owned integer not null,
  hidden integer not null,
  unique (person, rkey)
) strict;
create index place_link_by_pair on place_link (place, same_as, person);

-- People who visibly say so, and those of them whose own place it is about.
create table place_link_count (
  place text not null,
  other text not null,
  persons integer not null,
  owners integer not null,
  primary key (place, other)
) strict, without rowid;
${visibleRows('place_link', {
  appears: `
    -- Not "or ignore": the statement that fires a trigger decides about that.
    insert into place_link_count values (new.place, new.same_as, 0, 0), (new.same_as, new.place, 0, 0)
      on conflict do nothing;
    update place_link_count set persons = persons + 1, owners = owners + new.owned
      where (${PAIR('new')}) and not ${SAYS_SO_ELSEWHERE('new')};`,
  vanishes: `
    update place_link_count set persons = persons - 1, owners = owners - old.owned
      where (${PAIR('old')}) and not ${SAYS_SO_ELSEWHERE('old')};
    delete from place_link_count where (${PAIR('old')}) and persons = 0;`,
})}`

export const placeLinkProjection: Projection = {
  name: 'place-link',
  version: 1,
  schema: SCHEMA,
  collections: [COLLECTION],
  prepare: prepareLinks,
  digest: [
    `select did, rkey, cid, place, same_as, owned, place_link.hidden from place_link
     join person on person.id = person order by did, rkey`,
    'select place, other, persons, owners from place_link_count order by place, other',
  ],
}

function prepareLinks(db: Database): Fold {
  const insert = db.prepare(
    'insert into place_link (person, rkey, cid, place, same_as, owned, hidden) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const remove = db.prepare('delete from place_link where person = ? and rkey = ?')
  const held = db.prepare<[PersonId], { rkey: string; cid: string }>(
    'select rkey, cid from place_link where person = ?',
  )
  return {
    put({ did, person, rkey, cid, value, hidden }) {
      // Not replaced in place: of a row that is replaced no trigger tells.
      remove.run(person, rkey)
      const fields = asObject(value)
      const [one, other] = [idIn(fields?.['place']), idIn(fields?.['sameAs'])]
      if (one === undefined || other === undefined || one === other) return
      const [first, second] = one < other ? [one, other] : [other, one]
      const owned = isPlaceOf(did, one) || isPlaceOf(did, other)
      insert.run(person, rkey, cid, first, second, owned ? 1 : 0, hidden ? 1 : 0)
    },
    remove: ({ person, rkey }) => void remove.run(person, rkey),
    held: (person) => held.all(person).map((row): HeldRecord => ({ collection: COLLECTION, ...row })),
  }
}

function idIn(given: unknown): string | undefined {
  const place = readPlace(given)
  return place && placeId(place)
}

/** Whether an id is that of a place record of this person's. */
export function isPlaceOf(did: Did, id: string): boolean {
  const parts = splitAtUri(id)
  return parts?.did === did && parts.collection === 'app.waypost.place'
}
