import type { Database } from 'better-sqlite3'
import { assert, ok, splitAtUri } from '@waypost/kernel'
import type { Committed } from '#project/batch.ts'
import { readCursor, writeCursor, type Keyset, type PageRequest } from '#query/cursor.ts'
import type { FeedPage, Feeds } from '#query/feed.ts'
import { createAudience } from './audience.ts'
import { createRings } from './rings.ts'

/**
 * Timelines of people who are online, in memory. In: the plain question to the tables, when somebody first asks; from
 * then on what batches changed. Out: the same pages as the plain question, whatever happened in between. Promise: who
 * follows or unfollows, and what is taken back or hidden, shows in the next page; what is held is bounded.
 */
export interface Timelines {
  timeline: Feeds['timeline']
  /** To be called after each batch that was committed, before anybody asks again. */
  follow(committed: Committed): void
  /** For measurements. */
  held(): { readonly rings: number; readonly entries: number; readonly bytes: number }
}

export interface TimelineLimits {
  /** Past these whoever has not asked for the longest is forgotten: some 60,000 long timelines, 20,000,000 follows. */
  readonly ringBytesMax: number
  readonly audienceBytesMax: number
  /** Whoever follows more people than this is always answered from the tables. */
  readonly followedMax: number
  /** Read from the tables at first; a ring grows from there. */
  readonly entriesFirst: number
}

const LIMITS: TimelineLimits = {
  ringBytesMax: 256_000_000,
  audienceBytesMax: 128_000_000,
  followedMax: 20_000,
  entriesFirst: 248,
}

/** Where more of one author changes at once, the rings of their followers are begun anew when somebody asks. */
const CHANGED_MAX = 64

interface Ring {
  readonly number: number
  /** Whose check-ins are in it: those whom the person follows, and themselves. */
  readonly authors: Uint32Array
}

/** `plain`: the question to the tables. */
export function prepareTimelines(
  db: Database,
  plain: Feeds['timeline'],
  limits: Partial<TimelineLimits> = {},
): Timelines {
  const { ringBytesMax, audienceBytesMax, followedMax, entriesFirst } = { ...LIMITS, ...limits }
  const followed = db
    .prepare<{ person: number; limit: number }, number>(
      'select distinct subject from follow where person = :person and hidden = 0 and subject <> :person limit :limit',
    )
    .pluck()
  const shown = db.prepare<[number], { person: number; sort: number }>(
    'select person, sort from checkin where id = ? and hidden = 0 and live = 1',
  )
  const personOf = db.prepare<[string], number>('select id from person where did = ?').pluck()
  const newest = db.prepare<[], number>('select id from subject_newest').pluck()
  const sorts = prepareSorts(db)
  const rings = createRings({ bytesMax: ringBytesMax, sortOf: sorts.of })
  const audience = createAudience()
  /** In the order in which people asked last. */
  const online = new Map<number, Ring>()
  const personOfRing: number[] = []
  /** No ring holds an id past this. */
  let known = 0

  function forget(person: number): void {
    const ring = online.get(person)
    if (ring === undefined) return
    online.delete(person)
    audience.leave(ring.number, ring.authors)
    rings.close(ring.number)
  }

  function forgetOldest(): boolean {
    const [oldest] = online.keys()
    if (oldest !== undefined) forget(oldest)
    return oldest !== undefined
  }

  function begin(person: number): Ring | undefined {
    const others = followed.all({ person, limit: followedMax + 1 })
    if (others.length > followedMax) return undefined
    const page = plain(person, { limit: entriesFirst })
    assert(page.ok, 'a first page has no cursor')
    while (audience.bytes > audienceBytesMax && forgetOldest());
    const { ids, cursor } = page.value
    let number = rings.open(ids, { isWhole: cursor === undefined })
    while (number === undefined && forgetOldest()) number = rings.open(ids, { isWhole: cursor === undefined })
    if (number === undefined) return undefined
    const ring = { number, authors: Uint32Array.of(person, ...others) }
    audience.join(number, ring.authors)
    personOfRing[number] = person
    known = newest.get()!
    return ring
  }

  /** The ring of somebody who asks now. */
  function ringOf(person: number, options: { readonly isFirstPage: boolean }): Ring | undefined {
    const ring = online.get(person) ?? (options.isFirstPage ? begin(person) : undefined)
    online.delete(person)
    if (ring !== undefined) online.set(person, ring)
    return ring
  }

  function pageOf({ number }: Ring, from: Keyset | undefined, limit: number) {
    return rings.page(number, from === undefined ? 0 : rings.startOf(number, from), limit)
  }

  function follow({ changes, affected }: Committed): void {
    const uris = new Map(changes.map(({ id, uri }) => [id, uri]))
    for (const id of uris.keys()) sorts.forget(id)
    if (online.size === 0) return
    for (const person of affected.followers) forget(person)
    const changed = Map.groupBy(uris.keys(), (id) => splitAtUri(uris.get(id)!)!.did)
    // Out of the rings first, and then in again: what is in them must lie in the order of the tables.
    for (const [did, ids] of changed) takeOut(personOf.get(did)!, ids)
    for (const id of uris.keys()) {
      known = Math.max(known, id)
      const row = shown.get(id)
      const to = row && audience.of(row.person)
      if (to === undefined) continue
      sorts.know(id, row!.sort)
      rings.deliver(to.rings, to.count, { sort: row!.sort, id })
    }
  }

  function takeOut(author: number, ids: readonly number[]): void {
    const from = audience.of(author)
    if (from === undefined) return
    const numbers = from.rings.slice(0, from.count)
    if (ids.length > CHANGED_MAX) for (const number of numbers) forget(personOfRing[number]!)
    else for (const id of ids) if (id <= known) for (const number of numbers) rings.take(number, id)
  }

  return {
    timeline(person, asked: PageRequest) {
      const { limit, cursor } = asked
      const from = readCursor('timeline', cursor)
      if (!from.ok) return from
      const isFirstPage = from.value === undefined
      const ring = ringOf(person, { isFirstPage })
      let page = ring && pageOf(ring, from.value, limit)
      if (ring !== undefined && page === undefined && isFirstPage && limit < entriesFirst) {
        // Too much was taken out of it.
        forget(person)
        const refilled = ringOf(person, { isFirstPage })
        page = refilled && pageOf(refilled, undefined, limit)
      }
      return page === undefined ? plain(person, asked) : skeleton(page, limit, sorts.of)
    },
    follow,
    held: () => ({ rings: online.size, entries: rings.entries(), bytes: rings.bytes + audience.bytes }),
  }
}

function skeleton(page: readonly number[], limit: number, sortOf: (id: number) => number): FeedPage {
  if (page.length <= limit) return ok({ ids: page, cursor: undefined })
  const last = page[limit - 1]!
  return ok({ ids: page.slice(0, limit), cursor: writeCursor('timeline', { sort: sortOf(last), id: last }) })
}

/** So many sort times are remembered, each in a place that its id gives; another is looked up. A power of two. */
const SORTS_HELD = 2 ** 16

function prepareSorts(db: Database) {
  const look = db.prepare<[number], number>('select sort from checkin where id = ?').pluck()
  const ids = new Uint32Array(SORTS_HELD)
  const sorts = new Float64Array(SORTS_HELD)
  function know(id: number, sort: number): void {
    const place = id % SORTS_HELD
    ids[place] = id
    sorts[place] = sort
  }
  return {
    know,
    forget(id: number): void {
      const place = id % SORTS_HELD
      if (ids[place] === id) ids[place] = 0
    },
    of(id: number): number {
      const place = id % SORTS_HELD
      if (ids[place] === id) return sorts[place]!
      const sort = look.get(id)
      assert(sort !== undefined, 'a ring holds what is in the tables')
      know(id, sort)
      return sort
    },
  }
}
