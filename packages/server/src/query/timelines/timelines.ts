import type { Database } from 'better-sqlite3'
import { assert, ok, splitAtUri } from '@waypost/kernel'
import type { Committed } from '#project/batch.ts'
import { readCursor, writeCursor, type Keyset, type PageRequest } from '#query/cursor.ts'
import { SEEN_AUTHORS, type FeedPage, type Feeds } from '#query/feed.ts'
import { createAudience } from './audience.ts'
import { createRings } from './rings.ts'

/**
 * Timelines of people who are online, in memory. In: the plain question to the tables, when somebody first asks; from
 * then on what batches changed. Out: the same pages as the plain question, whatever happened in between. Promise: who
 * follows, unfollows or blocks, and what is taken back or hidden, shows in the next page; what is held is bounded.
 *
 * Blocks are looked at where a ring joins audiences, and again where one of a person's comes or goes: no audience has a
 * ring of somebody between whom and its author a block stands, so that a delivery need not ask.
 */
export interface Timelines {
  timeline: Feeds['timeline']
  /** To be called after each batch that was committed, before anybody asks again. */
  follow(committed: Committed): void
  /** For measurements. */
  held(): { readonly rings: number; readonly entries: number; readonly bytes: number; readonly deliveries: number }
}

export interface TimelineLimits {
  /** Past these whoever has not asked for the longest is forgotten: some 60,000 long timelines, 20,000,000 follows. */
  readonly ringBytesMax: number
  readonly audienceBytesMax: number
  /** Whoever sees check-ins of more people than this is always answered from the tables. */
  readonly authorsMax: number
  /** Read from the tables at first; a ring grows from there. */
  readonly entriesFirst: number
}

const LIMITS: TimelineLimits = {
  ringBytesMax: 256_000_000,
  audienceBytesMax: 128_000_000,
  authorsMax: 20_000,
  entriesFirst: 248,
}

/** Where more of one author changes at once, the rings of their followers are begun anew when somebody asks. */
const CHANGED_MAX = 64

/** Of one's own objects beside its ids, roughly. */
const RING_BYTES = 250

interface Ring {
  readonly number: number
  /** Whose check-ins are in it, in rising order. */
  readonly authors: Uint32Array
}

/** `plain`: the question to the tables. */
export function prepareTimelines(
  db: Database,
  plain: Feeds['timeline'],
  limits: Partial<TimelineLimits> = {},
): Timelines {
  const { ringBytesMax, audienceBytesMax, authorsMax, entriesFirst } = { ...LIMITS, ...limits }
  const seen = db.prepare<{ person: number; limit: number }, number>(`${SEEN_AUTHORS} order by 1 limit :limit`).pluck()
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
  /** Into rings, since the start. */
  let deliveries = 0

  function forget(person: number): void {
    const ring = online.get(person)
    if (ring === undefined) return
    online.delete(person)
    audience.leave(ring.number, ring.authors)
    rings.close(ring.number)
  }

  function onlineBytes(): number {
    let bytes = 0
    for (const { authors } of online.values()) bytes += RING_BYTES + authors.byteLength
    return bytes
  }

  function forgetOldest(): boolean {
    const [oldest] = online.keys()
    if (oldest !== undefined) forget(oldest)
    return oldest !== undefined
  }

  function authorsOf(person: number): Uint32Array | undefined {
    const authors = seen.all({ person, limit: authorsMax + 1 })
    return authors.length > authorsMax ? undefined : Uint32Array.from(authors)
  }

  function begin(person: number): Ring | undefined {
    const authors = authorsOf(person)
    if (authors === undefined) return undefined
    const page = plain(person, { limit: entriesFirst })
    assert(page.ok, 'a first page has no cursor')
    while (audience.bytes > audienceBytesMax && forgetOldest());
    const { ids, cursor } = page.value
    let number = rings.open(ids, { isWhole: cursor === undefined })
    while (number === undefined && forgetOldest()) number = rings.open(ids, { isWhole: cursor === undefined })
    if (number === undefined) return undefined
    audience.join(number, authors)
    personOfRing[number] = person
    known = newest.get()!
    return { number, authors }
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
    // The last that is told of a check-in is how its row now is.
    const last = new Map(changes.map((change) => [change.id, change]))
    for (const id of last.keys()) sorts.forget(id)
    if (online.size === 0) return
    for (const person of new Set([...affected.followers, ...affected.blockers])) lookAgain(person)
    // Out of the rings first, and then in again: what is in them must lie in the order of the tables.
    const held = [...last.keys()].filter((id) => id <= known)
    for (const [did, ids] of Map.groupBy(held, (id) => splitAtUri(last.get(id)!.uri)!.did))
      takeOut(personOf.get(did)!, ids)
    for (const change of last.values()) {
      const to = change.kind === 'checkin' && change.live ? audience.of(change.person) : undefined
      if (to === undefined || change.kind === 'deletion') continue
      sorts.know(change.id, change.sortMs)
      rings.deliver(to.rings, to.count, { id: change.id, sort: change.sortMs })
      deliveries += to.count
    }
    for (const id of last.keys()) known = Math.max(known, id)
  }

  /** A ring is begun anew where its person sees others than before; that many strangers block them says nothing. */
  function lookAgain(person: number): void {
    const ring = online.get(person)
    if (ring !== undefined && !isSame(ring.authors, authorsOf(person))) forget(person)
  }

  function takeOut(author: number, ids: readonly number[]): void {
    const from = audience.of(author)
    if (from === undefined) return
    const numbers = from.rings.slice(0, from.count)
    if (ids.length > CHANGED_MAX) for (const number of numbers) forget(personOfRing[number]!)
    else for (const id of ids) for (const number of numbers) rings.take(number, id)
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
    held: () => ({
      rings: online.size,
      entries: rings.entries(),
      bytes: rings.bytes + audience.bytes + onlineBytes(),
      deliveries,
    }),
  }
}

function isSame(one: Uint32Array, other: Uint32Array | undefined): boolean {
  return other !== undefined && one.length === other.length && one.every((author, nth) => author === other[nth])
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
