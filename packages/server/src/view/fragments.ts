import { assert, type AtUri, type Did } from '@waypost/kernel'
import type { Committed } from '#project/batch.ts'
import type { CheckinRow } from '#query/checkin.ts'
import type { Skeleton } from '#query/cursor.ts'
import type { PersonRow } from '#query/person.ts'
import type { Queries } from '#query/queries.ts'
import type { Sight } from '#query/sight.ts'
import { checkinView, companyView } from './checkin.ts'
import { maySee, visibleCompany, withoutCompany } from './visible-to.ts'

/**
 * Check-ins as JSON, written once and handed to everyone. In: a page of ids and who looks. Out: the bytes that
 * `viewCheckins` would give as JSON, to the letter. Promise: nothing is ever stale. What a batch changed of a check-in is
 * written anew, and so is what names its author otherwise than they are shown; what depends on the viewer (whether they
 * may see it, their like, the company that they may see) is put in for each of them.
 */
export interface Fragments {
  page(skeleton: Skeleton, viewer: Did | undefined): FragmentPage
  /** Where those are that a viewer may see; others are left out. */
  uris(ids: readonly number[], viewer: Did | undefined): ReadonlyMap<number, AtUri>
  /** To be called after each batch that was committed, before anything is asked again. */
  follow(committed: Committed): void
  /** For measurements. */
  held(): { readonly count: number; readonly bytes: number }
}

export interface FragmentPage {
  /** `{"feed":[…],"cursor":…}` */
  readonly bytes: Buffer
  /** Whether a page of this skeleton would be the same bytes now; in doubt it would not. */
  isStill(skeleton: Skeleton): boolean
}

interface Fragment {
  /** Never given twice. */
  readonly serial: number
  readonly uri: AtUri
  readonly author: PersonRow
  readonly labels: readonly string[]
  /** Whom the author names. */
  readonly named: readonly Did[]
  /** From the comma before it, with what there is to say of a viewer who did nothing. */
  readonly bytes: Buffer
  /** Where the company is to be put in. */
  readonly companyAt: number
  /** Where `NO_DEEDS` begins, which is at another place, or nowhere, for others. */
  readonly deedsAt: number
}

/** A fragment as one viewer sees it. */
interface Shown {
  readonly fragment: Fragment
  /** The viewer's. */
  readonly like: AtUri | undefined
  /** JSON to be put in; empty where there is none. */
  readonly company: string
}

/** Of JSON; beside it some 300 bytes for each. Past it those written first are forgotten, some hundreds at once. */
const BYTES_MAX = 128_000_000
const CHUNK_BYTES = 1 << 18

const NO_DEEDS = Buffer.from(',"viewer":{}')
const HEAD = Buffer.from('{"feed":[')

type Source = Pick<Queries, 'checkins' | 'companyOf' | 'likesBy' | 'personById' | 'sightOf'>

export function createFragments(queries: Source, options: { readonly bytesMax?: number } = {}): Fragments {
  const chunksMax = Math.max(2, Math.floor((options.bytesMax ?? BYTES_MAX) / CHUNK_BYTES))
  const held = new Map<number, Fragment>()
  const chunks: Chunk[] = []
  let written = 0

  function forget(id: number): void {
    held.delete(id)
  }

  /** Puts bytes where there is room for them. */
  function store(id: number, text: string): Buffer {
    const length = Buffer.byteLength(text)
    let chunk = chunks.at(-1)
    if (chunk === undefined || chunk.used + length > chunk.bytes.length) {
      if (chunks.length === chunksMax) {
        const { bytes, ids } = chunks.shift()!
        for (const old of ids) if (held.get(old)?.bytes.buffer === bytes.buffer) held.delete(old)
      }
      chunk = { bytes: Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)), used: 0, ids: [] }
      chunks.push(chunk)
    }
    const bytes = chunk.bytes.subarray(chunk.used, chunk.used + length)
    bytes.write(text)
    chunk.used += length
    chunk.ids.push(id)
    return bytes
  }

  function write(row: CheckinRow): Fragment {
    const { record, ...rest } = checkinView(withoutCompany(row), { signedIn: true })
    const { uri, cid, place, text, facets, photos } = rest
    const start = `,${JSON.stringify({ uri, cid, author: rest.author, place, text, facets, photos }).slice(0, -1)}`
    const whole = `,${JSON.stringify(rest).slice(0, -1)}`
    assert(whole.startsWith(start) && whole.endsWith(`${NO_DEEDS}`), 'the company follows the photos, and deeds end it')
    const bytes = store(row.id, `${whole},"record":${JSON.stringify(record)}}`)
    const companyAt = Buffer.byteLength(start)
    const deedsAt = Buffer.byteLength(whole) - NO_DEEDS.length
    const { author, labels } = row
    const fragment = {
      serial: ++written,
      uri: row.uri,
      author,
      labels,
      named: row.visit.with,
      bytes,
      companyAt,
      deedsAt,
    }
    held.set(row.id, fragment)
    return fragment
  }

  /** As it is shown now; undefined where it is not held, or its author is shown otherwise by now. */
  function find(id: number): Fragment | undefined {
    const fragment = held.get(id)
    return fragment !== undefined && queries.personById(fragment.author.id) === fragment.author ? fragment : undefined
  }

  /** Those of a page, in its order; what is gone or hidden by now is left out. */
  function all(ids: readonly number[]): readonly (readonly [number, Fragment])[] {
    const found = ids.map((id) => [id, find(id)] as const)
    const missing = found.flatMap(([id, fragment]) => (fragment === undefined ? [id] : []))
    const written = new Map(queries.checkins(missing, undefined).map((row) => [row.id, write(row)]))
    return found.flatMap(([id, fragment = written.get(id)]) =>
      fragment === undefined ? [] : [[id, fragment] as const],
    )
  }

  function shownTo(viewer: Did | undefined, ids: readonly number[]): readonly Shown[] {
    const sight = queries.sightOf(viewer)
    const likeOf = viewer === undefined ? undefined : queries.likesBy(viewer)
    return all(ids).flatMap(([id, fragment]) => {
      if (!maySee(sight, fragment)) return []
      const { named, author } = fragment
      const company = named.length === 0 ? '' : companyText(sight, author, queries.companyOf(id, named))
      return [{ fragment, like: likeOf?.(id), company }]
    })
  }

  return {
    page({ ids, cursor }, viewer) {
      const shown = shownTo(viewer, ids)
      // Not the fragments themselves: whoever remembers the page would keep the chunks of those long forgotten.
      const made = shown.map(({ fragment, like, company }) => ({ serial: fragment.serial, like, company }))
      return {
        bytes: bytesOf(shown, { cursor, viewer }),
        isStill: (now) => now.cursor === cursor && isMadeOf(shownTo(viewer, now.ids), made),
      }
    },
    uris(ids, viewer) {
      const sight = queries.sightOf(viewer)
      return new Map(all(ids).flatMap(([id, fragment]) => (maySee(sight, fragment) ? [[id, fragment.uri]] : [])))
    },
    follow({ changes, affected }) {
      for (const { id } of changes) forget(id)
      for (const id of affected.subjects) forget(id)
    },
    held: () => ({ count: held.size, bytes: chunks.reduce((sum, { bytes }) => sum + bytes.length, 0) }),
  }
}

function bytesOf(
  shown: readonly Shown[],
  { cursor, viewer }: { readonly cursor: string | undefined; readonly viewer: Did | undefined },
): Buffer {
  const parts: Buffer[] = [HEAD]
  for (const { fragment, like, company } of shown) {
    const { bytes, companyAt, deedsAt } = fragment
    if (company !== '') parts.push(bytes.subarray(0, companyAt), Buffer.from(company))
    const from = company === '' ? 0 : companyAt
    if (like === undefined && viewer !== undefined) parts.push(from === 0 ? bytes : bytes.subarray(from))
    else {
      parts.push(bytes.subarray(from, deedsAt))
      if (like !== undefined) parts.push(Buffer.from(deedsText(like)))
      parts.push(bytes.subarray(deedsAt + NO_DEEDS.length))
    }
  }
  // The first has no comma before it.
  if (parts.length > 1) parts[1] = parts[1]!.subarray(1)
  parts.push(Buffer.from(cursor === undefined ? ']}' : `],"cursor":${JSON.stringify(cursor)}}`))
  return Buffer.concat(parts)
}

function isMadeOf(
  shown: readonly Shown[],
  made: readonly (Omit<Shown, 'fragment'> & { readonly serial: number })[],
): boolean {
  return (
    shown.length === made.length &&
    shown.every(({ fragment, like, company }, nth) => {
      const before = made[nth]!
      return fragment.serial === before.serial && like === before.like && company === before.company
    })
  )
}

interface Chunk {
  readonly bytes: Buffer
  used: number
  /** Of what was put into it, some of it again elsewhere since. */
  readonly ids: number[]
}

function companyText(sight: Sight, author: PersonRow, company: Parameters<typeof visibleCompany>[2]): string {
  const text = JSON.stringify(companyView(visibleCompany(sight, author, company))).slice(1, -1)
  return text === '' ? '' : `,${text}`
}

function deedsText(like: AtUri): string {
  return `,"viewer":${JSON.stringify({ like })}`
}
