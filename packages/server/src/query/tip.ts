import type { Database } from 'better-sqlite3'
import { decode } from '@atcute/cbor'
import { assert, atUri, ok, type AtUri, type Cid, type Result } from '@waypost/kernel'
import { placeId } from '#project/place-id.ts'
import { asObject, asText, readPhoto, readPlace, type VisitedPlace, type VisitPhoto } from '#project/read-checkin.ts'
import { NEWEST, readCursor, skeletonOf, type Keyset, type PageRequest } from './cursor.ts'
import type { PersonRow, Persons } from './person.ts'

export interface TipRow {
  readonly uri: AtUri
  readonly cid: Cid
  readonly author: PersonRow
  readonly sort: number
  readonly text: string
  readonly photo: VisitPhoto | undefined
  readonly place: VisitedPlace
  readonly placeId: string | undefined
}

export interface Tips {
  /** Visible tips on places (by any of their ids) or by a person, newest first. */
  tips(
    of: { readonly places: readonly string[] } | { readonly person: number },
    page: PageRequest,
  ): Result<TipPage, 'InvalidCursor'>
  /** How many visible tips a place has, by any of its ids. */
  tipCount(places: readonly string[]): number
}

export interface TipPage {
  readonly tips: readonly TipRow[]
  readonly cursor: string | undefined
}

interface Row extends Keyset {
  readonly person: number
  readonly rkey: string
  readonly cid: Cid
  readonly record: Uint8Array
}

export function prepareTips(db: Database, persons: Pick<Persons, 'personById'>): Tips {
  const select = 'select id, sort, person, rkey, cid, record from tip where'
  const before = 'hidden = 0 and (sort, id) < (:sort, :id) order by sort desc, id desc limit :limit'
  const byPlace = db.prepare<Keyset & { limit: number; places: string }, Row>(
    `${select} place_key in (select value from json_each(:places)) and ${before}`,
  )
  const byPerson = db.prepare<Keyset & { limit: number; person: number }, Row>(
    `${select} person = :person and ${before}`,
  )
  const count = db
    .prepare<[string], number>(
      'select count(*) from tip where place_key in (select value from json_each(?)) and hidden = 0',
    )
    .pluck()

  function tipOf({ person, rkey, cid, sort, record }: Row): TipRow {
    const author = persons.personById(person)
    assert(author !== undefined, 'every author has a row')
    const fields = asObject(decode(record)) ?? {}
    const place = readPlace(fields['place'])
    assert(place !== undefined, 'a tip is about a place')
    const uri = atUri(author.did, 'app.waypost.tip', rkey)
    const text = asText(fields['text']) ?? ''
    return { uri, cid, author, sort, text, photo: readPhoto(fields['photo'])[0], place, placeId: placeId(place) }
  }

  return {
    tips(of, { limit, cursor }) {
      const from = readCursor('tips', cursor)
      if (!from.ok) return from
      const asked = { ...(from.value ?? NEWEST), limit: limit + 1 }
      const rows =
        'person' in of
          ? byPerson.all({ ...asked, person: of.person })
          : byPlace.all({ ...asked, places: JSON.stringify(of.places) })
      return ok({ tips: rows.slice(0, limit).map(tipOf), cursor: skeletonOf('tips', rows, limit).cursor })
    },
    tipCount: (places) => count.get(JSON.stringify(places))!,
  }
}
