import type { Database } from 'better-sqlite3'
import { splitAtUri } from '@waypost/kernel'
import { distanceMetres } from '#project/coordinates.ts'
import { preparePlausible } from '#project/mayor.ts'
import { isPlaceOf } from '#project/place-link.ts'
import { pointOf, type Gathered } from './gather.ts'

/**
 * Whether two places are one because people say so. In: two places as they are gathered without anybody's word. Out: whose
 * word counts, and whether it is enough. Promise: it follows from the tables alone, whichever place comes first, so that
 * anyone can check it against the public records, and it ends with the records that it stands on.
 * Believed is whoever added an `app.waypost.place` about that place alone: it becomes a part of the other one, never the
 * other way round, and of one only, so that nobody makes one place of two others by adding a third. Otherwise it takes
 * `NEEDED_COUNT` people of whom it is plausible that they were there.
 */
export interface Belief {
  /** Ids that links name beside any of these, as far as anybody looks: those by owners first, then those of the most people. */
  named(ids: readonly string[]): readonly string[]
  /** Undefined where they cannot be one whatever anybody says: too far apart, or nobody knows where. */
  between(one: Gathered, other: Gathered): Verdict | undefined
}

export interface Verdict {
  /** People whose word counts. */
  readonly persons: number
  readonly isBelieved: boolean
  /** Which of the two becomes a part of the other, by the word of who added it. */
  readonly absorbed: readonly Gathered[]
}

/** So many have to say so: as many as one person does not easily get by heart, and a small town has. */
export const NEEDED_COUNT = 3
/** What is one place does not lie further apart, however badly somebody set its point; whoever says so was as near. */
const APART_M_MAX = 1_000
/** Of what links name beside one id, so much is looked at. */
const NAMED_MAX = 16
/** Of those who say so, by DID, so many are asked where they were. */
const SAYING_MAX = 100
/** … and of each their newest check-ins there. */
const STAYS_MAX = 10

interface StayRow {
  readonly id: number
  readonly person: number
  readonly sort: number
  readonly lat: number
  readonly lon: number
}

export function prepareBelief(db: Database): Belief {
  const named = db
    .prepare<[string], string>(
      `select other from place_link_count where place = ? order by owners > 0 desc, persons desc, other limit ${NAMED_MAX}`,
    )
    .pluck()
  /** Mostly there is none, and every search asks for hundreds. */
  const any = db.prepare<[], number>('select 1 from place_link_count limit 1').pluck()
  const saying = db.prepare<{ one: string; other: string }, { id: number; did: string }>(
    `select distinct person.id, did from place_link join person on person.id = place_link.person
     where place_link.hidden = 0 and ${BETWEEN} order by did limit ${SAYING_MAX}`,
  )
  const stays = db.prepare<[number, string], StayRow>(
    `select id, person, sort, lat, lon from checkin
     where person = ? and place in (select id from place where key in (select value from json_each(?)))
       and hidden = 0 and lived = 1 and lat is not null order by sort desc, id limit ${STAYS_MAX}`,
  )
  const newestOfOwner = db
    .prepare<{ did: string; rkey: string; key: string }, string>(
      `select iif(place = :key, same_as, place) from place_link
       where person = (select id from person where did = :did) and hidden = 0 and :key in (place, same_as)
         and exists (select 1 from place_record
           where person = place_link.person and rkey = :rkey and place_record.hidden = 0)
       order by rkey desc limit 1`,
    )
    .pluck()
  const isPlausible = preparePlausible(db)

  function wasThere(person: number, { one, other }: Pair): boolean {
    const points = [pointOf(one), pointOf(other)]
    const ids = JSON.stringify([...one.ids, ...other.ids])
    return stays
      .all(person, ids)
      .some(
        (stay) =>
          points.some((point) => point !== undefined && distanceMetres(point, stay) <= APART_M_MAX) &&
          isPlausible(stay),
      )
  }

  /** Whether whoever added a place says that it is this other one, and said so last. */
  function isAbsorbed(own: Gathered, into: Gathered): boolean {
    const key = loneRecord(own)
    const target = key && newestOfOwner.get({ ...splitAtUri(key)!, key })
    return target !== undefined && into.ids.includes(target)
  }

  return {
    named: (ids) =>
      any.get() === undefined ? [] : [...new Set(ids.flatMap((id) => named.all(id)))].filter((id) => !ids.includes(id)),
    between(one, other) {
      const [here, there] = [pointOf(one), pointOf(other)]
      if (here === undefined || there === undefined || distanceMetres(here, there) > APART_M_MAX) return undefined
      const absorbed = [...(isAbsorbed(one, other) ? [one] : []), ...(isAbsorbed(other, one) ? [other] : [])]
      const owners = absorbed.map((own) => splitAtUri(loneRecord(own)!)!.did as string)
      const persons = saying
        .all({ one: JSON.stringify(one.ids), other: JSON.stringify(other.ids) })
        .filter(({ id, did }) => owners.includes(did) || wasThere(id, { one, other })).length
      return { persons, isBelieved: absorbed.length > 0 || persons >= NEEDED_COUNT, absorbed }
    },
  }
}

interface Pair {
  readonly one: Gathered
  readonly other: Gathered
}

/** Links between any id of the one and any of the other, both as JSON. */
export const BETWEEN = `(
  (place in (select value from json_each(:one)) and same_as in (select value from json_each(:other)))
  or (place in (select value from json_each(:other)) and same_as in (select value from json_each(:one))))`

/** The address of somebody's place record where the place is that alone: nobody speaks for what others know of it. */
function loneRecord({ known, seen }: Gathered): string | undefined {
  const key = known === undefined && seen.length === 1 ? seen[0]!.key : undefined
  const author = key === undefined ? undefined : splitAtUri(key)?.did
  return author !== undefined && isPlaceOf(author, key!) ? key : undefined
}
