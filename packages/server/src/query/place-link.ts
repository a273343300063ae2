import type { Database } from 'better-sqlite3'
import { atUri, ok, refuse, type Did, type Result } from '@waypost/kernel'
import { BETWEEN, type Belief } from './belief.ts'
import type { Linked } from './gather-linked.ts'
import type { Gathered, Gatherer } from './gather.ts'
import type { OwnRecord } from './person.ts'
import type { PlaceRow } from './place-row.ts'

/** Another place of which people say that it is this one. */
export interface PlaceLink {
  readonly place: PlaceRow
  /** People whose word counts. */
  readonly persons: number
  readonly isBelieved: boolean
  /** Whether the viewer is among those who say so; undefined where nobody is signed in. */
  readonly viewerSaysSo: boolean | undefined
}

export interface PlaceLinks {
  /** By any id of a place; those that are believed first, then those that the most people say. */
  placeLinks(id: string, viewer: Did | undefined): readonly PlaceLink[]
  /** A person's records that say so of two places, by any of their ids. */
  linksBetween(author: Did, one: string, other: string): readonly OwnRecord[]
  /** Whether somebody's word on two places could ever count. */
  canBeOne(one: string, other: string): Result<undefined, 'PlaceNotFound' | 'SamePlace' | 'TooFarApart'>
}

/** Of one place so many are told of. */
const LINKS_MAX = 16

export function preparePlaceLinks(
  db: Database,
  by: {
    /** What follows no links. */
    readonly parts: Gatherer
    readonly linking: (first: Gathered) => Linked
    readonly belief: Belief
    readonly rowOf: (gathered: Gathered) => PlaceRow
  },
): PlaceLinks {
  const { parts, linking, belief, rowOf } = by
  const own = db.prepare<{ did: string; one: string; other: string }, { rkey: string; cid: OwnRecord['cid'] }>(
    `select rkey, cid from place_link where person = (select id from person where did = :did) and hidden = 0
     and ${BETWEEN} order by rkey`,
  )

  function ownBetween(author: Did, one: readonly string[], other: readonly string[]): readonly OwnRecord[] {
    return own
      .all({ did: author, one: JSON.stringify(one), other: JSON.stringify(other) })
      .map(({ rkey, cid }) => ({ uri: atUri(author, 'app.waypost.placeLink', rkey), cid }))
  }

  function linkBetween(part: Gathered, other: Gathered, viewer: Did | undefined): PlaceLink | undefined {
    const verdict = belief.between(part, other)
    if (verdict === undefined) return undefined
    const viewerSaysSo = viewer && ownBetween(viewer, part.ids, other.ids).length > 0
    // Nobody puts a name onto somebody else's page by their word alone.
    if (verdict.persons === 0 && viewerSaysSo !== true) return undefined
    const { persons, isBelieved } = verdict
    return { place: rowOf(other), persons, isBelieved, viewerSaysSo }
  }

  return {
    placeLinks(id, viewer) {
      const first = parts.gather(id)
      if (first === undefined) return []
      const linked = linking(first).parts
      const head = linked[0]!
      const links = new Map<string, PlaceLink>()
      for (const part of linked) {
        for (const name of belief.named(part.ids)) {
          const other = linked.find(({ ids }) => ids.includes(name)) ?? parts.gather(name)
          const link = other && other !== head ? linkBetween(part, other, viewer) : undefined
          const before = link && links.get(link.place.id)
          if (link !== undefined && (before === undefined || before.persons < link.persons)) {
            links.set(link.place.id, link)
          }
        }
      }
      return [...links.values()]
        .sort((a, b) => Number(b.isBelieved) - Number(a.isBelieved) || b.persons - a.persons)
        .slice(0, LINKS_MAX)
    },
    linksBetween(author, one, other) {
      const idsOf = (id: string): readonly string[] => parts.gather(id)?.ids ?? [id]
      return ownBetween(author, idsOf(one), idsOf(other))
    },
    canBeOne(one, other) {
      const [here, there] = [parts.gather(one), parts.gather(other)]
      if (here === undefined || there === undefined) return refuse('PlaceNotFound')
      if (here.ids.some((id) => there.ids.includes(id))) return refuse('SamePlace')
      return belief.between(here, there) === undefined ? refuse('TooFarApart') : ok(undefined)
    },
  }
}
