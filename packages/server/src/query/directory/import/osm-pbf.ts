import { createOSMStream } from 'osm-pbf-parser-node'
import {
  boxAround,
  createIds,
  createPoints,
  middleOf,
  type Box,
  type Ids,
  type Points,
  type Position,
} from './osm-points.ts'
import { isPlace, osmRow, type Fields } from './osm-row.ts'
import type { RawPlace } from './place-row.ts'

/**
 * Extracts of OpenStreetMap (`.osm.pbf`): nodes that are places, and ways and relations that are, at the middle of the
 * box around their nodes. Files have their nodes first, then ways, then relations, so they are read three times: for
 * what the ways and relations need, for what the ways of those relations need, and for the rows.
 * Promise: memory does not grow with the file. What needs more positions than `PBF_LIMITS` waits for another turn, in
 * which the file is read again; the rows come in the same order each time.
 */

export interface PbfLimits {
  /** Positions of nodes of ways at once, at 16 bytes each; one way more may be begun. */
  readonly nodesMax: number
  /** Members of relations at once, each with the positions of some nodes; one relation more may be begun. */
  readonly membersMax: number
}

/** Some 800 MB at the most; an extract of a city needs 10, one of a large country several turns. */
const PBF_LIMITS: PbfLimits = { nodesMax: 16_000_000, membersMax: 1_000_000 }

/** Of a way that only helps to find a relation's middle, so many nodes are looked at, evenly spread. */
const NODES_PER_MEMBER_MAX = 16

/** Relations that are one thing in one spot; a route or a border is none. */
const SPOTS = ['multipolygon', 'site']

interface Item {
  readonly type?: 'node' | 'way' | 'relation'
  readonly id: number
  readonly lat?: number
  readonly lon?: number
  readonly tags?: Fields
  readonly refs?: readonly number[]
  readonly members?: readonly { readonly type: string; readonly ref: number }[]
}

/** Which ways and relations are looked at, by their number among those that are places. */
interface Turn {
  readonly fromWay: number
  readonly fromRelation: number
}

interface Needs extends Turn {
  readonly untilWay: number
  readonly untilRelation: number
  readonly isLast: boolean
  readonly points: Points
  /** Ways that relations have as members. */
  readonly memberWays: Ids
}

export async function* readPbf(file: string, limits: PbfLimits = PBF_LIMITS): AsyncGenerator<RawPlace, void> {
  let turn: Turn = { fromWay: 0, fromRelation: 0 }
  for (let isLast = false; !isLast;) {
    const needs = await collect(file, turn, limits)
    yield* rowsOf(file, needs)
    isLast = needs.isLast
    turn = { fromWay: needs.untilWay, fromRelation: needs.untilRelation }
  }
}

/** In blocks of some thousands. */
async function* blocksOf(file: string): AsyncGenerator<readonly Item[], void> {
  for await (const block of createOSMStream(file, { withInfo: false })) yield [block].flat() as Item[]
}

function isSpot({ tags = {} }: Item): boolean {
  return isPlace(tags) && SPOTS.includes(tags['type'] ?? '')
}

async function collect(file: string, { fromWay, fromRelation }: Turn, limits: PbfLimits): Promise<Needs> {
  const [points, memberWays] = [createPoints(), createIds()]
  let [ways, relations, untilWay, untilRelation, members] = [0, 0, fromWay, fromRelation, 0]
  function look(item: Item): void {
    if (item.type === 'way' && isPlace(item.tags ?? {})) {
      if (ways++ < fromWay || points.wanted() >= limits.nodesMax) return
      points.want(item.refs ?? [])
      untilWay = ways
    } else if (item.type === 'relation' && isSpot(item)) {
      if (relations++ < fromRelation || members >= limits.membersMax) return
      for (const { type, ref } of item.members ?? []) {
        members++
        if (type === 'way') memberWays.add(ref)
        else if (type === 'node') points.want([ref])
      }
      untilRelation = relations
    }
  }
  for await (const block of blocksOf(file)) for (const item of block) look(item)
  memberWays.seal()
  if (memberWays.count() > 0) {
    for await (const block of blocksOf(file)) {
      for (const { type, id, refs = [] } of block) {
        if (type === 'way' && memberWays.indexOf(id) !== -1) points.want(some(refs))
      }
    }
  }
  points.seal()
  const isLast = untilWay === ways && untilRelation === relations
  return { fromWay, fromRelation, untilWay, untilRelation, isLast, points, memberWays }
}

function some(refs: readonly number[]): readonly number[] {
  const step = Math.max(1, refs.length / NODES_PER_MEMBER_MAX)
  return Array.from({ length: Math.ceil(refs.length / step) }, (_, nth) => refs[Math.floor(nth * step)]!)
}

async function* rowsOf(file: string, needs: Needs): AsyncGenerator<RawPlace, void> {
  const { fromWay, untilWay, fromRelation, untilRelation, points, memberWays } = needs
  const isFirst = fromWay === 0 && fromRelation === 0
  const boxes = createBoxes(memberWays)
  let [ways, relations] = [0, 0]
  function rowOf(item: Item): RawPlace | undefined {
    const { type, id, lat, lon, refs = [], tags = {} } = item
    if (type === 'node' && lat !== undefined && lon !== undefined) {
      points.put(id, lat, lon)
      return isFirst ? osmRow(`node/${id}`, tags, { lat, lon }) : undefined
    }
    if (type === 'way') {
      if (memberWays.indexOf(id) !== -1) boxes.put(id, boxAround(known(some(refs), points)))
      const nth = isPlace(tags) ? ways++ : -1
      return nth >= fromWay && nth < untilWay ? osmRow(`way/${id}`, tags, middle(known(refs, points))) : undefined
    }
    const nth = type === 'relation' && isSpot(item) ? relations++ : -1
    if (nth < fromRelation || nth >= untilRelation) return undefined
    const corners = (item.members ?? []).flatMap((member) =>
      member.type === 'way' ? boxes.get(member.ref) : member.type === 'node' ? known([member.ref], points) : [],
    )
    return osmRow(`relation/${id}`, tags, middle(corners))
  }
  for await (const block of blocksOf(file)) {
    for (const item of block) {
      const row = rowOf(item)
      if (row !== undefined) yield row
    }
  }
}

/** Those of the positions that the file has: an extract ends somewhere. */
function known(refs: readonly number[], points: Points): readonly Position[] {
  return refs.flatMap((ref) => points.get(ref) ?? [])
}

function middle(positions: readonly Position[]): Partial<Position> {
  const box = boxAround(positions)
  return box === undefined ? {} : middleOf(box)
}

/** The boxes around ways, 32 bytes each. */
function createBoxes(ids: Ids) {
  const degrees = new Float64Array(ids.count() * 4).fill(Number.NaN)
  return {
    put(id: number, box: Box | undefined): void {
      if (box !== undefined)
        degrees.set(
          box.flatMap(({ lat, lon }) => [lat, lon]),
          ids.indexOf(id) * 4,
        )
    },
    /** Its two corners; none for a way that the file does not have. */
    get(id: number): readonly Position[] {
      const at = ids.indexOf(id) * 4
      const [south, west, north, east] = degrees.subarray(at, at + 4)
      if (at < 0 || south === undefined || Number.isNaN(south)) return []
      return [
        { lat: south, lon: west! },
        { lat: north!, lon: east! },
      ]
    },
  }
}
