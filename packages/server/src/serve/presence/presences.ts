import {
  forgetEnded,
  joinMaps,
  mayBeWritten,
  removeDelta,
  setDelta,
  valueAt,
  type LwwEntry,
  type LwwMap,
} from '@waypost/gossip'
import { splitAtUri, type AtUri, type Did } from '@waypost/kernel'

/**
 * Where people say that they are now. In: who comes and leaves, here, and what other replicas heard. Out: who is at a
 * place, and deltas for the other replicas. Promise: all of it is in memory alone. What has ended shows to nobody from
 * that millisecond on. Two hours after it was said it is forgotten, and what counts are made of by the end of that
 * quarter of an hour. Moments are milliseconds since 1970.
 */
export interface Presences {
  /** In place of where they were before. False where no more people are remembered. */
  enter(did: Did, presence: Presence, nowMs: number): boolean
  leave(did: Did, nowMs: number): void
  of(did: Did, nowMs: number): Presence | undefined
  /** Those at any of these ids. */
  at(places: readonly string[], nowMs: number): readonly Present[]
  /** The same when this quarter of an hour began: whoever has come or left since makes no difference. */
  stoodAt(places: readonly string[], nowMs: number): readonly Present[]
  /** What another replica has heard. Entries that no replica of ours would write are left out. */
  join(delta: PresenceMap, nowMs: number): void
  /** All that is remembered, for the other replicas. */
  held(): PresenceMap
  /** To be called now and then: gives the memory free. */
  forget(nowMs: number): void
  /** How many people are remembered, traces of those who left among them. */
  size(): number
}

export interface Presence {
  /** By which they said it. */
  readonly checkin: AtUri
  /** One of the place's ids: what the check-in refers to. */
  readonly place: string
  /** When they checked in. */
  readonly sinceMs: number
}

export interface Present extends Presence {
  readonly did: Did
}

export type PresenceMap = LwwMap<Presence>
type PresenceEntry = LwwEntry<Presence>

/** So long after the check-in a presence ends by itself. */
export const PRESENT_MS = 7_200_000
/** How long what counts are made of stands still. */
export const QUARTER_MS = 900_000
/** At some 400 bytes each. Further ones are not taken until others are forgotten. */
const PEOPLE_MAX = 20_000

export function createPresences(options: {
  /** Names this replica in this life. */
  readonly writer: string
  /** Hears each change as what other replicas are to join. */
  readonly told?: (delta: PresenceMap) => void
  readonly peopleMax?: number
}): Presences {
  const { writer, told, peopleMax = PEOPLE_MAX } = options
  let map: PresenceMap = new Map()
  const byPlace = new Map<string, Set<Did>>()
  let stood = standing(map, 0)

  function take(delta: PresenceMap, nowMs: number): void {
    turn(nowMs)
    for (const did of delta.keys()) unindex(did as Did)
    map = joinMaps(map, delta)
    for (const did of delta.keys()) index(did as Did)
  }

  function index(did: Did): void {
    const place = map.get(did)?.value?.place
    if (place === undefined) return
    const people = byPlace.get(place) ?? new Set()
    byPlace.set(place, people.add(did))
  }

  function unindex(did: Did): void {
    const place = map.get(did)?.value?.place
    const people = place === undefined ? undefined : byPlace.get(place)
    if (people?.delete(did) && people.size === 0) byPlace.delete(place!)
  }

  /** Maps never change, so the one of when a quarter began is kept by its name. */
  function turn(nowMs: number): void {
    const quarter = Math.floor(nowMs / QUARTER_MS)
    if (stood.quarter !== quarter) stood = standing(map, quarter)
  }

  const hasRoomFor = (did: string, others = 0): boolean => map.has(did) || map.size + others < peopleMax

  return {
    enter(did, presence, nowMs) {
      if (!hasRoomFor(did)) return false
      const delta = setDelta(map, { key: did, writer, nowMs }, presence, presence.sinceMs + PRESENT_MS)
      take(delta, nowMs)
      told?.(delta)
      return true
    },
    leave(did, nowMs) {
      // With others about, whoever is unknown here may be somewhere elsewhere: the trace finds them.
      if (!map.has(did) && (!told || map.size >= 2 * peopleMax)) return
      const delta = removeDelta(map, { key: did, writer, nowMs })
      take(delta, nowMs)
      told?.(delta)
    },
    of: (did, nowMs) => valueAt(map, did, nowMs),
    at(places, nowMs) {
      const people = places.flatMap((place) => [...(byPlace.get(place) ?? [])])
      return people.flatMap((did) => {
        const presence = valueAt(map, did, nowMs)
        return presence === undefined ? [] : [{ did, ...presence }]
      })
    },
    stoodAt(places, nowMs) {
      turn(nowMs)
      return places.flatMap((place) => stood.byPlace().get(place) ?? [])
    },
    join(delta, nowMs) {
      const sound = new Map<string, PresenceEntry>()
      for (const [did, entry] of delta) {
        if (mayBeWritten(entry, { nowMs, lifeMs: PRESENT_MS }) && hasRoomFor(did, sound.size)) sound.set(did, entry)
      }
      take(sound, nowMs)
    },
    forget(nowMs) {
      turn(nowMs)
      const kept = forgetEnded(map, nowMs, { lifeMs: PRESENT_MS })
      for (const did of map.keys()) if (!kept.has(did)) unindex(did as Did)
      map = kept
    },
    held: () => map,
    size: () => map.size,
  }
}

/** What came from another process, as far as it has the shape of presences. */
export function readPresences(delta: LwwMap<unknown>): PresenceMap {
  return new Map(
    [...delta].filter((each): each is [string, PresenceEntry] => DID.test(each[0]) && isPresence(each[1].value)),
  )
}

/** Undefined is one as well: the trace of somebody who left. */
function isPresence(value: unknown): boolean {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null) return false
  const { checkin, place, sinceMs } = value as Record<string, unknown>
  const [isUri, isPlace] = [
    splitAtUri(String(checkin)) !== undefined,
    typeof place === 'string' && place.length <= 2_048,
  ]
  return isUri && isPlace && Number.isSafeInteger(sinceMs)
}

const DID = /^did:[a-z]+:[\w.:%-]{1,2048}$/

/** Who was where when a quarter of an hour began; sorted by place for whoever asks first. */
function standing(map: PresenceMap, quarter: number) {
  let byPlace: ReadonlyMap<string, readonly Present[]> | undefined
  const people = (): Present[] =>
    [...map].flatMap(([did, { value, untilMs }]) =>
      value !== undefined && quarter * QUARTER_MS < untilMs ? [{ did: did as Did, ...value }] : [],
    )
  return { quarter, byPlace: () => (byPlace ??= Map.groupBy(people(), ({ place }) => place)) }
}
