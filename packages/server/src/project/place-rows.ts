import type { Database } from 'better-sqlite3'
import { assert } from '@waypost/kernel'
import { readPoint } from './coordinates.ts'
import { refId } from './place-id.ts'
import type { Register } from './projection.ts'
import type { VisitedPlace } from './read-checkin.ts'
import type { Tally } from './tally.ts'
import { indexedText } from './words.ts'

/** The rows of places and of what is said of them; `place.ts` has their tables. */
export interface Places extends Register {
  /** What a row now says of the place with this key; both are made where they are new. To be weighed at once. */
  find(key: string, said: VisitedPlace): Description
  /** What a row said before, by its id. */
  said(description: number): Description
  /** Moves what counts for a description and its place; what has no uses left at the end of the batch goes. */
  weigh(description: Description, by: Weights): void
}

export interface Description {
  readonly id: number
  readonly place: {
    readonly id: number
    /** Where the place was first said to be. */
    readonly lat: number | null
    readonly lon: number | null
    /** Visible ones, at any moment of a batch. */
    readonly checkins: number
  }
}

export interface Weights {
  /** Rows that speak of it, hidden ones too. */
  readonly uses?: number
  /** Visible ones. */
  readonly checkins?: number
  readonly authored?: number
  /** People who were visibly at the place. */
  readonly persons?: number
}

/** So many places are remembered from batch to batch, at about 1 kB each; past it remembering begins anew. */
const REMEMBERED_MAX = 20_000
/** … and while a read model is being built, which comes by all of them again and again. */
const BUILDING_REMEMBERED_MAX = 200_000

interface KnownPlace {
  readonly id: number
  readonly key: string
  described: number | null
  name: string | null
  checkins: number
  persons: number
  authored: number
  uses: number
  /** How many descriptions there are; where there is one, what it weighs is not kept: it is what the place weighs. */
  sayings: number
  readonly lat: number | null
  readonly lon: number | null
  /** That one, where it has been looked up. */
  only: KnownDescription | undefined
  /** Not in its table yet. */
  isNew: boolean
  /** Another description may be the best now. */
  isOpen: boolean
}

interface KnownDescription {
  readonly id: number
  readonly place: KnownPlace
  readonly body: string
  checkins: number
  authored: number
  uses: number
  isNew: boolean
}

/** Nearly every check-in moves counters of a place: rows are remembered, and written once a batch. */
export function preparePlaces(db: Database, tally: Tally, { building }: { readonly building: boolean }): Places {
  const rememberedMax = building ? BUILDING_REMEMBERED_MAX : REMEMBERED_MAX
  const rows = prepareRows(db)
  const index = prepareIndex(db)
  const byKey = new Map<string, KnownPlace>()
  const byId = new Map<number, KnownPlace>()
  const descriptions = new Map<number, KnownDescription>()
  /** By place and body. */
  const bySaying = new Map<string, KnownDescription>()
  const changedPlaces = new Set<KnownPlace>()
  const changedDescriptions = new Set<KnownDescription>()
  const newest = rows.newest()

  function placeOf(key: string, said: VisitedPlace): KnownPlace {
    const known = byKey.get(key)
    if (known !== undefined) return known
    const row = rows.placeByKey(key)
    if (row !== undefined) return rememberPlace(row, { isNew: false })
    const point = readPoint(said.geo)
    const place = { ...NOTHING, id: ++newest.place, key, lat: point?.lat ?? null, lon: point?.lon ?? null }
    return rememberPlace(place, { isNew: true })
  }

  function rememberPlace(row: PlaceRow, { isNew }: { readonly isNew: boolean }): KnownPlace {
    const place = { ...row, only: undefined, isNew, isOpen: false }
    byId.set(place.id, place)
    byKey.set(place.key, place)
    return place
  }

  function remember(row: DescriptionRow, place: KnownPlace): KnownDescription {
    const known = descriptions.get(row.id)
    if (known !== undefined) return known
    const { id, body, checkins, authored, uses } = row
    const description = { id, place, body, checkins, authored, uses, isNew: false }
    descriptions.set(id, description)
    bySaying.set(sayingOf(place, body), description)
    if (place.sayings === 1) place.only = description
    return description
  }

  function descriptionOf(place: KnownPlace, body: string): KnownDescription {
    // Nearly every place is spoken of in one way.
    if (place.only?.body === body) return place.only
    const known = bySaying.get(sayingOf(place, body))
    if (known !== undefined) return known
    const row = place.isNew ? undefined : rows.descriptionByBody(place.id, body)
    return row === undefined ? addDescription(place, body) : remember(row, place)
  }

  function addDescription(place: KnownPlace, body: string): KnownDescription {
    if (place.sayings === 1) {
      const { checkins, authored, uses } = place
      changedDescriptions.add(Object.assign(onlyOf(place), { checkins, authored, uses }))
    }
    const row = { id: ++newest.description, place: place.id, body, checkins: 0, authored: 0, uses: 0 }
    const description = Object.assign(remember(row, place), { isNew: true })
    changedDescriptions.add(description)
    place.sayings++
    place.only = place.sayings === 1 ? description : undefined
    return description
  }

  function onlyOf(place: KnownPlace): KnownDescription {
    place.only ??= remember(rows.anyDescription(place.id)!, place)
    return place.only
  }

  function writeDescription(description: KnownDescription): void {
    const { place, uses, isNew } = description
    assert(uses >= 0, 'a description loses no more uses than it had')
    if (place.uses === 0) return forgetDescription(description)
    if (place.sayings === 1 || uses > 0) {
      rows.writeDescription(description)
      description.isNew = false
      return
    }
    if (!isNew) rows.deleteDescription(description.id)
    forgetDescription(description)
    place.sayings--
  }

  function forgetDescription(description: KnownDescription): void {
    descriptions.delete(description.id)
    bySaying.delete(sayingOf(description.place, description.body))
  }

  function writePlace(place: KnownPlace): void {
    const isVisible = place.checkins > 0 || place.authored > 0
    if (place.isOpen || isVisible !== (place.described !== null)) {
      const best = isVisible ? bestOf(place) : undefined
      if (best?.id !== (place.described ?? undefined)) place.name = index.replace(place, best?.body)
      place.described = best?.id ?? null
      place.isOpen = false
    }
    if (place.uses > 0) {
      rows.writePlace(place)
      place.isNew = false
      return
    }
    if (!place.isNew) rows.deletePlace(place.id)
    if (place.only !== undefined) forgetDescription(place.only)
    byId.delete(place.id)
    byKey.delete(place.key)
  }

  function bestOf(place: KnownPlace): { readonly id: number; readonly body: string } {
    return place.sayings === 1 ? onlyOf(place) : rows.best(place.id)
  }

  function reset(): void {
    for (const remembered of [byKey, byId, descriptions, bySaying, changedPlaces, changedDescriptions])
      remembered.clear()
  }

  return {
    find: (key, said) => descriptionOf(placeOf(key, said), placeBody(said)),
    said(id) {
      const known = descriptions.get(id)
      if (known !== undefined) return known
      const row = rows.descriptionById(id)
      assert(row !== undefined, 'a description is there as long as a row speaks of it')
      return remember(row, byId.get(row.place) ?? rememberPlace(rows.placeById(row.place)!, { isNew: false }))
    },
    weigh(said, { checkins = 0, authored = 0, uses = 0, persons = 0 }) {
      const description = said as KnownDescription
      const { id, place } = description
      const before = place.checkins
      place.checkins += checkins
      place.authored += authored
      place.uses += uses
      place.persons += persons
      changedPlaces.add(place)
      tally.count('places', Number(place.checkins > 0) - Number(before > 0))
      if (place.sayings === 1) return
      description.checkins += checkins
      description.authored += authored
      description.uses += uses
      changedDescriptions.add(description)
      // The best one that gains stays the best, and another that loses does not become it.
      const isBest = place.described === id
      if (isBest ? checkins < 0 || authored < 0 : checkins > 0 || authored > 0) place.isOpen = true
    },
    settle() {
      for (const description of changedDescriptions) writeDescription(description)
      for (const place of changedPlaces) writePlace(place)
      changedDescriptions.clear()
      changedPlaces.clear()
      if (byId.size > rememberedMax || descriptions.size > rememberedMax) reset()
    },
    reset,
  }
}

const NOTHING = { described: null, name: null, checkins: 0, persons: 0, authored: 0, uses: 0, sayings: 0 }

function sayingOf(place: KnownPlace, body: string): string {
  return `${place.id} ${body}`
}

type PlaceRow = Pick<KnownPlace, Exclude<keyof KnownPlace, 'only' | 'isNew' | 'isOpen'>>

interface DescriptionRow {
  readonly id: number
  readonly place: number
  readonly body: string
  readonly checkins: number
  readonly authored: number
  readonly uses: number
}

function prepareRows(db: Database) {
  const place = `select id, key, described, name, checkin_count as checkins, person_count as persons, authored, uses,
    sayings, anchor_lat as lat, anchor_lon as lon from place`
  const placeByKey = db.prepare<[string], PlaceRow>(`${place} where key = ?`)
  const placeById = db.prepare<[number], PlaceRow>(`${place} where id = ?`)
  const insertPlace = db.prepare('insert into place values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const updatePlace = db.prepare(
    `update place set described = ?, name = ?, checkin_count = ?, person_count = ?, authored = ?, uses = ?, sayings = ?
     where id = ?`,
  )
  const deletePlace = db.prepare<[number]>('delete from place where id = ?')
  const insertAnchor = db.prepare('insert into place_anchor values (?, ?, ?, ?, ?)')
  const deleteAnchor = db.prepare<[number]>('delete from place_anchor where id = ?')
  const description = 'select id, place, body, checkins, authored, uses from place_description'
  const byBody = db.prepare<[number, string], DescriptionRow>(`${description} where place = ? and body = ?`)
  const byId = db.prepare<[number], DescriptionRow>(`${description} where id = ?`)
  const any = db.prepare<[number], DescriptionRow>(`${description} where place = ? limit 1`)
  const best = db.prepare<[number], DescriptionRow>(
    `${description} where place = ? order by authored desc, checkins desc, body limit 1`,
  )
  const insertDescription = db.prepare('insert into place_description values (?, ?, ?, ?, ?, ?)')
  const updateDescription = db.prepare('update place_description set checkins = ?, authored = ?, uses = ? where id = ?')
  const deleteDescription = db.prepare<[number]>('delete from place_description where id = ?')
  const deleteDescriptions = db.prepare<[number]>('delete from place_description where place = ?')
  const newest = db.prepare<[], { place: number; description: number }>(
    `select (select coalesce(max(id), 0) from place) as place,
       (select coalesce(max(id), 0) from place_description) as description`,
  )
  return {
    placeByKey: (key: string) => placeByKey.get(key),
    placeById: (id: number) => placeById.get(id),
    descriptionByBody: (of: number, body: string) => byBody.get(of, body),
    descriptionById: (id: number) => byId.get(id),
    anyDescription: (of: number) => any.get(of),
    best: (of: number) => best.get(of)!,
    newest: () => newest.get()!,
    writePlace(written: KnownPlace) {
      const { id, key, described, name, checkins, persons, authored, uses, sayings, lat, lon } = written
      if (!written.isNew) {
        updatePlace.run(described, name, checkins, persons, authored, uses, sayings, id)
        return
      }
      insertPlace.run(id, key, described, name, checkins, persons, authored, uses, sayings, lat, lon)
      if (lat !== null) insertAnchor.run(id, lat, lat, lon, lon)
    },
    writeDescription({ isNew, id, place: of, body, checkins, authored, uses }: KnownDescription) {
      if (isNew) insertDescription.run(id, of.id, body, checkins, authored, uses)
      else updateDescription.run(checkins, authored, uses, id)
    },
    deletePlace(id: number) {
      deleteDescriptions.run(id)
      deletePlace.run(id)
      deleteAnchor.run(id)
    },
    deleteDescription: (id: number) => void deleteDescription.run(id),
  }
}

/** Where places are found by name, position and further references: as the best description of each says. */
function prepareIndex(db: Database) {
  const forgetText = db.prepare<[number]>('delete from place_text where rowid = ?')
  const forgetArea = db.prepare<[number]>('delete from place_area where id = ?')
  const addText = db.prepare<[number, string]>('insert into place_text (rowid, name) values (?, ?)')
  const addArea = db.prepare<[number, number, number, number, number]>('insert into place_area values (?, ?, ?, ?, ?)')
  const forgetRefs = db.prepare<[number]>('delete from place_ref where place = ?')
  const addRef = db.prepare<[string, number]>('insert or ignore into place_ref values (?, ?)')
  return {
    /** Answers the place's name; null for one that nothing visible describes. */
    replace({ id, key, described }: Pick<KnownPlace, 'id' | 'key' | 'described'>, body: string | undefined) {
      if (described !== null) {
        forgetText.run(id)
        forgetArea.run(id)
        forgetRefs.run(id)
      }
      if (body === undefined) return null
      const { name, geo, refs = [] } = JSON.parse(body) as Pick<VisitedPlace, 'name' | 'geo'> & Partial<VisitedPlace>
      addText.run(id, indexedText(name))
      for (const ref of refs) {
        const other = refId(ref)
        if (other !== undefined && other !== key) addRef.run(other, id)
      }
      const point = readPoint(geo)
      if (point !== undefined) addArea.run(id, point.lat, point.lat, point.lon, point.lon)
      return name
    },
  }
}

/** The same text for the same saying: properties in one order, absent ones left out. */
function placeBody({ name, category, geo, address, refs }: VisitedPlace): string {
  return JSON.stringify({ name, category, geo, address, refs: refs.length > 0 ? refs.map(sorted) : undefined })
}

function sorted(ref: object): object {
  return Object.fromEntries(Object.entries(ref).sort(([a], [b]) => (a < b ? -1 : 1)))
}
