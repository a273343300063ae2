import { joinMaps, type LwwMap } from '../crdt/lww-map.ts'
import { byId, type Input, type Moment, type NodeId, type Output, type Send } from '../machine.ts'
import { differing, digestOf, firstWholeMinute, minuteOf, type Digest } from './digest.ts'
import { ENTRIES_PER_MESSAGE, toEntry, toEntryRow, type SpreadMessage } from './message.ts'

/**
 * One map of last writers, the same at all nodes that reach each other: what is written goes to every neighbour at once,
 * and neighbours compare digests, so that what was lost, cut off or forgotten with a life is there again. In: what the
 * owner wrote, who is within reach. Out: entries for the owner to join. The map is the owner's, who shows it at each step.
 */
export interface SpreadState {
  readonly self: NodeId
  /** No entry lasts longer. */
  readonly lifeMs: number
  readonly neighbours: Map<NodeId, Neighbour>
  /** The digest of the map that it was made of: maps never change. */
  last: { readonly map: LwwMap<unknown>; readonly digest: Digest } | undefined
}

interface Neighbour {
  digestAtMs: number
  /** What was sent for minutes that differ, and how often the two of us told the same. */
  readonly tried: Map<number, { ours: number | undefined; theirs: number | undefined; times: number }>
}

export interface SpreadMoment extends Moment {
  /** Milliseconds since 1970. */
  readonly wallMs: number
  /** What the owner holds. */
  readonly map: LwwMap<unknown>
}

export type SpreadCommand =
  | { readonly kind: 'wrote'; readonly delta: LwwMap<unknown> }
  /** All whom a message reaches now. */
  | { readonly kind: 'neighbours'; readonly ids: readonly NodeId[] }

export interface SpreadEvent {
  readonly from: NodeId
  readonly delta: LwwMap<unknown>
}

/** Of two neighbours the first in order sends its digest so often, and at once when they meet. */
const DIGEST_EVERY_MS = 400
/** A minute that differs in the same way after so many tries holds what one of the two does not take: it may rest, */
const TRIES_MAX = 5
/** and is tried again every so many digests. */
const TRIED_AGAIN_EVERY = 16

export function newSpread({ self, lifeMs }: { self: NodeId; lifeMs: number }): SpreadState {
  return { self, lifeMs, neighbours: new Map(), last: undefined }
}

export function stepSpread(
  state: SpreadState,
  input: Input<SpreadCommand, SpreadMessage>,
  moment: SpreadMoment,
): Output<SpreadMessage, SpreadEvent> {
  const sends: Send<SpreadMessage>[] = []
  const events: SpreadEvent[] = []
  const tell = (to: NodeId, delta: LwwMap<unknown>): void => {
    for (const entries of inParts([...delta].map(toEntryRow))) sends.push({ to, message: { kind: 'entries', entries } })
  }
  if (input.kind === 'command') {
    const { command } = input
    if (command.kind === 'neighbours') meet(state, command.ids, moment.nowMs)
    else for (const id of state.neighbours.keys()) tell(id, command.delta)
  } else if (input.kind === 'message') {
    const { from, message } = input
    const neighbour = state.neighbours.get(from)
    if (message.kind === 'entries') {
      const delta = newer(new Map(message.entries.map(toEntry)), moment.map)
      if (delta.size > 0) events.push({ from, delta })
    } else if (message.kind === 'want') {
      tell(from, within(moment.map, message.minutes))
    } else if (neighbour) {
      const minutes = untried(neighbour, { ours: digest(state, moment), theirs: message })
      tell(from, within(moment.map, minutes))
      if (minutes.length > 0) sends.push({ to: from, message: { kind: 'want', minutes } })
    }
  }
  let wakeAtMs = Infinity
  for (const [id, neighbour] of state.neighbours) {
    if (byId(state.self, id) > 0) continue
    if (neighbour.digestAtMs <= moment.nowMs) {
      sends.push({ to: id, message: { kind: 'digest', ...digest(state, moment) } })
      neighbour.digestAtMs = moment.nowMs + DIGEST_EVERY_MS
    }
    wakeAtMs = Math.min(wakeAtMs, neighbour.digestAtMs)
  }
  return { sends, events, wakeAtMs }
}

function meet({ neighbours }: SpreadState, ids: readonly NodeId[], nowMs: number): void {
  for (const id of neighbours.keys()) if (!ids.includes(id)) neighbours.delete(id)
  for (const id of ids) if (!neighbours.has(id)) neighbours.set(id, { digestAtMs: nowMs, tried: new Map() })
}

function digest(state: SpreadState, { map, wallMs }: SpreadMoment): Digest {
  const since = firstWholeMinute({ wallMs, lifeMs: state.lifeMs })
  if (state.last?.map !== map || state.last.digest.since !== since) state.last = { map, digest: digestOf(map, since) }
  return state.last.digest
}

function untried({ tried }: Neighbour, { ours, theirs }: { ours: Digest; theirs: Digest }): number[] {
  const [a, b] = [new Map(ours.rows), new Map(theirs.rows)]
  const minutes = differing(ours, theirs)
  for (const minute of tried.keys()) if (!minutes.includes(minute)) tried.delete(minute)
  return minutes.filter((minute) => {
    const before = tried.get(minute)
    const pair = { ours: a.get(minute), theirs: b.get(minute) }
    const isSame = before !== undefined && before.ours === pair.ours && before.theirs === pair.theirs
    const times = isSame ? before.times + 1 : 1
    tried.set(minute, { ...pair, times })
    return times <= TRIES_MAX || times % TRIED_AGAIN_EVERY === 0
  })
}

/** Without what is known already, so that the owner hears of news alone. */
function newer(delta: LwwMap<unknown>, map: LwwMap<unknown>): LwwMap<unknown> {
  const known = new Map([...delta.keys()].flatMap((key) => (map.has(key) ? [[key, map.get(key)!] as const] : [])))
  const joined = joinMaps(known, delta)
  return new Map([...delta].filter(([key, entry]) => joined.get(key) === entry))
}

function within(map: LwwMap<unknown>, minutes: readonly number[]): LwwMap<unknown> {
  const wanted = new Set(minutes)
  return new Map([...map].filter(([, { atMs }]) => wanted.has(minuteOf(atMs))))
}

function inParts<T>(all: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < all.length; at += ENTRIES_PER_MESSAGE) parts.push(all.slice(at, at + ENTRIES_PER_MESSAGE))
  return parts
}
