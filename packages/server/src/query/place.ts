import type { Database } from 'better-sqlite3'
import { ok, splitAtUri, type Did, type Result } from '@waypost/kernel'
import { areAlike, askedWords, nameForms } from '@waypost/places'
import { distanceMetres } from '#project/coordinates.ts'
import { matchText } from '#project/words.ts'
import type { VisitedPlace } from '#project/read-checkin.ts'
import { boxesOf, type PlainBox } from './area.ts'
import { readCursor, writeCursor, type PageRequest } from './cursor.ts'
import type { Directory, FoundPlace } from './directory/directory.ts'
import { SEEN, type Gathered, type SeenRow } from './gather.ts'
import { sumOf, type KnownPlaces, type PlaceRow } from './place-row.ts'
import { prepareHaunts, type Haunt } from './haunts.ts'
import { fitOfPlace, rankPlaces, type Candidate } from './rank-places.ts'

export interface PlaceSearch {
  /** Beginnings of words. */
  readonly text?: string | undefined
  readonly near?: { readonly lat: number; readonly lon: number } | undefined
  /** Whose haunts move up. */
  readonly viewer?: Did | undefined
}

export interface Places {
  /** By any of its ids. What the directory says of a place comes before what check-ins say; both count. */
  place(id: string): PlaceRow | undefined
  /** All ids of the place that has this one; only this one where nobody knows it. */
  idsOf(id: string): readonly string[]
  /** Best first: by name, nearness, and how often people and the viewer go there; up to 500 over all pages. */
  searchPlaces(
    search: PlaceSearch,
    page: PageRequest,
  ): Result<{ readonly places: readonly PlaceRow[]; readonly cursor: string | undefined }, 'InvalidCursor'>
  /** Places within 300 metres that may be the one that is meant, nearest first: for who is about to add one. */
  similarPlaces(name: string, at: { readonly lat: number; readonly lon: number }): readonly PlaceRow[]
  /** A person's own visible visits to a place, by all of its ids; the last one's sort time in milliseconds. */
  visits(person: Did, ids: readonly string[]): { readonly count: number; readonly last: number | undefined }
}

/** Nobody pages further; the directory has the same end. */
const RESULTS_MAX = 500
const SEEN_MAX = 300
/** So many of the directory's answer are weighed against as many where people were; a first page has fewer. */
const RANKED_MAX = 40
/** Where fewer have the words that were typed, those near by are looked through for what may have been meant. */
const SEEN_ENOUGH = 5
/** … which are at least so many, where there are. */
const LIKE_MIN = 100
/** The nearest places that people were at are looked for up to here, metres; the directory knows those farther away. */
const SEEN_RADIUS_MAX = 50_000
const SEEN_RADIUS_FIRST = 500
const SIMILAR_METRES_MAX = 300
/** Of the nearest, so many are compared by name. */
const SIMILAR_LOOKED_THROUGH = 200
const SIMILAR_MAX = 10
/** How likely someone means a place of which only a check-in is known. */
const SEEN_IMPORTANCE = 0.2

export function preparePlaces(
  db: Database,
  directory: Pick<Directory, 'search'>,
  { gatherer, rowOf }: KnownPlaces,
): Places {
  const byText = db.prepare<[string], SeenRow>(
    `${SEEN} where place.id in (select rowid from place_text where place_text match ?)
     order by checkin_count desc, place.key limit ${SEEN_MAX}`,
  )
  const inBox = db.prepare<PlainBox, SeenRow>(
    `${SEEN} where place.id in (
       select id from place_area where north >= :south and south <= :north and east >= :west and west <= :east)
     order by checkin_count desc, place.key limit ${SEEN_MAX}`,
  )
  const busiest = db.prepare<[], SeenRow>(
    `${SEEN} where checkin_count > 0 order by checkin_count desc, place.key limit ${SEEN_MAX}`,
  )
  const recordCid = db
    .prepare<[string, string], string>(
      'select cid from place_record where person = (select id from person where did = ?) and rkey = ? and hidden = 0',
    )
    .pluck()
  const visits = db.prepare<[string, string], { count: number; last: number | null }>(
    `select count(*) as count, max(sort) as last from checkin where person = (select id from person where did = ?)
     and place = (select id from place where key = ?) and hidden = 0`,
  )
  const hauntsOf = prepareHaunts(db)

  /** What a place that is somebody's record is referred to by; nothing for any other. */
  function recordRef(id: string): VisitedPlace['refs'][number] | undefined {
    const parts = splitAtUri(id)
    const cid = parts && recordCid.get(parts.did, parts.rkey)
    return cid === undefined ? undefined : ({ $type: 'com.atproto.repo.strongRef', uri: id, cid } as { $type: string })
  }

  function seenNear(near: { lat: number; lon: number }, wanted: number): readonly SeenRow[] {
    let found: readonly SeenRow[] = []
    for (let radius = SEEN_RADIUS_FIRST; radius <= SEEN_RADIUS_MAX; radius *= 5) {
      found = boxesOf({ kind: 'circle', ...near, radius }).flatMap((box) => inBox.all(box))
      if (found.length >= wanted) break
    }
    return found
  }

  function seenFor({ text, near }: PlaceSearch): readonly SeenRow[] {
    if (text !== undefined) {
      const ways = new Set([text, ...nameForms(text)].flatMap((form) => matchText(form, 'each') ?? []))
      const found = ways.size === 0 ? [] : byText.all([...ways].map((way) => `(${way})`).join(' OR '))
      return near === undefined || found.length >= SEEN_ENOUGH ? found : [...found, ...seenLike(text, near)]
    }
    return near === undefined ? busiest.all() : seenNear(near, RANKED_MAX)
  }

  /** Places near by whose name fits with a slip, or with other letters for the same sounds. */
  function seenLike(text: string, near: { lat: number; lon: number }): readonly SeenRow[] {
    const words = askedWords(text)
    return seenNear(near, LIKE_MIN).filter(({ body }) => fitOfPlace(words, JSON.parse(body) as VisitedPlace) > 0)
  }

  /** The best of them by what each row says alone: to put a place together takes some ten times as long. */
  function bestSeen(search: PlaceSearch, own: ReadonlyMap<string, number>): readonly SeenRow[] {
    const rows = seenFor(search)
    if (rows.length <= RANKED_MAX) return rows
    const candidates = rows.map((seen) => {
      const { key, body, checkin_count: checkinCount } = seen
      const { name, address, geo } = JSON.parse(body) as VisitedPlace
      const distance = distanceTo(geo, search.near)
      const row = { id: key, ids: [key], name, address, checkinCount, distance, seen }
      return { row, importance: SEEN_IMPORTANCE, effective: distance ?? Infinity }
    })
    return rankPlaces(candidates, search, own)
      .slice(0, RANKED_MAX)
      .map(({ seen }) => seen)
  }

  /** By their ids: what the directory answers, where people were and where the viewer was. */
  function candidatesFor(
    search: PlaceSearch,
    known: readonly FoundPlace[],
    { haunts, own }: { readonly haunts: readonly Haunt[]; readonly own: ReadonlyMap<string, number> },
  ) {
    const { near } = search
    const candidates = new Map<string, Candidate>()
    const gathered = new Set<string>()
    let farthest = 0
    const offer = (all: Gathered, effective?: number): void => {
      for (const { key } of all.seen) gathered.add(key)
      const row = at(rowOf(all), near)
      const importance = all.known?.importance ?? SEEN_IMPORTANCE
      candidates.set(row.id, { row, importance, effective: effective ?? row.distance ?? Infinity })
    }
    for (const place of known) {
      // The directory may set a near place back: it then counts as far as the farthest before it.
      farthest = Math.max(farthest, place.distance ?? 0)
      offer(gatherer.gatherKnown(place), farthest)
    }
    for (const seen of bestSeen(search, own)) if (!gathered.has(seen.key)) offer(gatherer.gatherSeen(seen))
    for (const { key } of haunts.filter(isAnswer(search, farthest)).slice(0, RANKED_MAX)) {
      const all = gathered.has(key) ? undefined : gatherer.gather(key)
      if (all !== undefined) offer(all)
    }
    return { candidates, farthest }
  }

  /**
   * The best first, at least up to `end`. Whatever page is asked for, the same places are weighed against each other; what
   * comes after them has the directory's order, and around a position that of the distances.
   */
  function merge(search: PlaceSearch, end: number): readonly PlaceRow[] {
    const { text, near, viewer } = search
    const known = directory.search({
      limit: end < RANKED_MAX ? RANKED_MAX : RESULTS_MAX,
      offset: 0,
      ...(text !== undefined && { text }),
      ...(near && { near: { latitude: near.lat, longitude: near.lon } }),
    })
    const haunts = viewer === undefined ? [] : hauntsOf(viewer)
    const own = new Map(haunts.map((haunt) => [haunt.key, haunt.visits]))
    const { candidates, farthest } = candidatesFor(search, known.slice(0, RANKED_MAX), { haunts, own })
    const isByDistance = text === undefined && near !== undefined
    // The directory knows more that is nearer than these.
    const isBeyond = ({ effective }: Candidate): boolean =>
      isByDistance && known.length >= RANKED_MAX && effective > farthest
    const { beyond = [], weighed = [] } = Object.groupBy(candidates.values(), (each) =>
      isBeyond(each) ? 'beyond' : 'weighed',
    )
    const ranked = rankPlaces(weighed, search, own)
    if (end < RANKED_MAX) return ranked
    const others = [...restOf(known, candidates, near), ...beyond.map(({ row }) => row)]
    if (isByDistance) others.sort((a, b) => (a.distance ?? Infinity) - (b.distance ?? Infinity))
    return [...ranked, ...others]
  }

  /** What is not weighed, each place once: some may be a part of another. */
  function restOf(
    known: readonly FoundPlace[],
    candidates: ReadonlyMap<string, Candidate>,
    near: PlaceSearch['near'],
  ): readonly PlaceRow[] {
    const rest = new Map<string, PlaceRow>()
    for (const place of known.slice(RANKED_MAX)) {
      if (candidates.has(place.id)) continue
      const row = at(rowOf(gatherer.gatherKnown(place)), near)
      if (!candidates.has(row.id)) rest.set(row.id, row)
    }
    return [...rest.values()]
  }

  return {
    place(id) {
      const gathered = gatherer.gather(id)
      if (gathered === undefined) return undefined
      const row = rowOf(gathered)
      const own = recordRef(row.id)
      return own === undefined ? row : { ...row, refs: [own, ...row.refs] }
    },
    idsOf: (id) => gatherer.gather(id)?.ids ?? [id],
    searchPlaces(search, { limit, cursor }) {
      const from = readCursor('places', cursor)
      if (!from.ok) return from
      const text = search.text?.trim()
      // The list is short and ranked anew for each page, so its cursor is a place in it.
      const start = from.value?.sort ?? 0
      const end = Math.min(start + limit, RESULTS_MAX)
      const { near, viewer } = search
      const ranked = merge({ near, viewer, ...(text && { text }) }, end)
      const places = ranked.slice(start, end)
      const more = end < Math.min(ranked.length, RESULTS_MAX)
      return ok({ places, cursor: more ? writeCursor('places', { sort: end, id: 0 }) : undefined })
    },
    similarPlaces(name, at) {
      const near = { near: at }
      const found = [...merge(near, SIMILAR_LOOKED_THROUGH), ...merge({ ...near, text: name }, SIMILAR_MAX)]
      const alike = found.filter((row) => (row.distance ?? Infinity) <= SIMILAR_METRES_MAX && areAlike(row.name, name))
      return [...new Map(alike.map((row) => [row.id, row])).values()]
        .sort((a, b) => a.distance! - b.distance!)
        .slice(0, SIMILAR_MAX)
    },
    visits(person, ids) {
      const rows = ids.map((id) => visits.get(person, id)!)
      const last = Math.max(...rows.map((row) => row.last ?? -Infinity))
      return { count: sumOf(rows.map(({ count }) => count)), last: last === -Infinity ? undefined : last }
    },
  }
}

/** Whether a haunt belongs into an answer that has all places up to so many metres away. */
function isAnswer({ text, near }: PlaceSearch, farthest: number): (haunt: Haunt) => boolean {
  if (text !== undefined) {
    const words = askedWords(text)
    return ({ name }) => fitOfPlace(words, { name, address: undefined }) > 0
  }
  if (near === undefined) return () => true
  return ({ lat, lon }) => lat !== null && lon !== null && distanceMetres(near, { lat, lon }) <= farthest
}

function at(row: PlaceRow, near: PlaceSearch['near']): PlaceRow {
  const distance = distanceTo(row.geo, near)
  return distance === undefined ? row : { ...row, distance }
}

function distanceTo(geo: VisitedPlace['geo'], near: PlaceSearch['near']): number | undefined {
  if (near === undefined || geo === undefined) return undefined
  return distanceMetres(near, { lat: Number(geo.latitude), lon: Number(geo.longitude) })
}
