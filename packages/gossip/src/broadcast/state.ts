import { byId, type NodeId } from '../machine.ts'
import { isDown, newLink, type Link } from './link.ts'
import type { Mark } from './message.ts'
import type { Pace } from './pace.ts'
import { forget, newSource, sourceName, type Source, type SourceName } from './source.ts'

/** Made by `newBroadcast`, changed by `stepBroadcast` alone. */
export interface BroadcastState {
  readonly self: NodeId
  readonly life: number
  readonly pace: Pace
  /** What this node itself says. */
  readonly own: Source
  readonly sources: Map<SourceName, Source>
  /** All nodes, this one too, in the order that decides who is the hub. */
  members: readonly NodeId[]
  readonly links: Map<NodeId, Link>
  /** Whom this node takes batches from: the first in order that answers, or itself. */
  hub: NodeId
  /** Sources with news for the hub, and for those who follow this node. */
  readonly newsUp: Set<SourceName>
  readonly newsDown: Set<SourceName>
  upAtMs: number
  /** Since when the oldest news for the hub has waited. */
  upSinceMs: number
  downAtMs: number
  lastDownMs: number
  /** When digests are exchanged with somebody at random; `Infinity` while everybody answers. */
  repairAtMs: number
  forgetAtMs: number
  /** No link wants attention before that. */
  linksDueMs: number
  /** The time on the last message. */
  sentMs: number
  /** What the newest round of forgetting found, to be told along with other things. */
  stableNews: readonly Mark[]
  stableRound: number
  /** Messages of nodes that are no members. */
  strangers: number
}

export interface BroadcastOptions {
  readonly self: NodeId
  /** All nodes; the same everywhere. */
  readonly members: readonly NodeId[]
  /** The same everywhere. */
  readonly pace: Pace
  /** Greater each time that the node starts without its memory; after that the first input is a tick. */
  readonly life?: number
}

/** How often what everybody has is looked for. */
const FORGET_EVERY_MS = 1_000

export function newBroadcast({ self, members, pace, life = 0 }: BroadcastOptions): BroadcastState {
  const own = newSource(sourceName(self, life))
  const state: BroadcastState = {
    self,
    life,
    pace,
    own,
    sources: new Map([[own.name, own]]),
    members: [],
    links: new Map(),
    hub: self,
    newsUp: new Set(),
    newsDown: new Set(),
    upAtMs: Infinity,
    upSinceMs: Infinity,
    downAtMs: Infinity,
    lastDownMs: -Infinity,
    repairAtMs: Infinity,
    forgetAtMs: 0,
    linksDueMs: 0,
    sentMs: 0,
    stableNews: [],
    stableRound: 0,
    strangers: 0,
  }
  setMembers(state, members)
  state.hub = firstThatAnswers(state)
  // What was said while this node was away is asked for at the first tick.
  const hub = linkTo(state, state.hub)
  if (life > 0) for (const link of hub ? [hub] : state.links.values()) link.answerDueMs = 0
  return state
}

export function setMembers(state: BroadcastState, members: readonly NodeId[]): void {
  state.members = [...new Set([...members, state.self])].toSorted(byId)
  for (const [peer, link] of state.links) {
    if (!state.members.includes(peer)) state.links.delete(peer)
    else if (!state.members.includes(link.hub)) link.hub = state.members[0]!
  }
  // Unless they say otherwise, all follow the first.
  if (isMesh(state) || state.members[0] === state.self) for (const member of state.members) linkTo(state, member)
}

/** Without a window there is no hub: every node sends what it has to say to all others itself. */
export function isMesh(state: BroadcastState): boolean {
  return state.pace.windowMs === 0
}

/** Undefined for this node itself and for who is no member. */
export function linkTo(state: BroadcastState, peer: NodeId): Link | undefined {
  const known = state.links.get(peer)
  if (known) return known
  if (peer === state.self || !state.members.includes(peer)) return undefined
  const link = newLink(peer, state.members[0]!)
  state.links.set(peer, link)
  return link
}

export function sourceOf(state: BroadcastState, name: SourceName): Source {
  let source = state.sources.get(name)
  if (!source) state.sources.set(name, (source = newSource(name)))
  return source
}

export function firstThatAnswers(state: BroadcastState): NodeId {
  if (isMesh(state)) return state.self
  for (const member of state.members) {
    if (member === state.self) break
    const link = state.links.get(member)
    if (!link || !isDown(link)) return member
  }
  return state.self
}

/** Those whom this node sends its batches to. */
export function followers(state: BroadcastState): Link[] {
  const links = [...state.links.values()]
  return isMesh(state) ? links : links.filter((link) => link.hub === state.self && link.peer !== state.hub)
}

/** Whether this node has to see to it that the peer gets everything. */
export function pushesTo(state: BroadcastState, link: Link): boolean {
  return isMesh(state) || link.peer === state.hub || link.hub === state.self
}

/**
 * What all members have confirmed is forgotten, and made known. Only a node that hears everybody directly gets here: a
 * hub for all sources, without a hub each node for its own.
 */
export function forgetRound(state: BroadcastState, nowMs: number): void {
  if (nowMs < state.forgetAtMs || state.links.size < state.members.length - 1) return
  state.forgetAtMs = nowMs + FORGET_EVERY_MS
  const news: Mark[] = []
  for (const source of isMesh(state) ? [state.own] : state.sources.values()) {
    let stable = source.frontier
    for (const link of state.links.values()) {
      if (stable <= source.stable) break
      stable = Math.min(stable, link.acked.get(source.name) ?? 0)
    }
    if (stable > source.stable) news.push([source.name, stable])
  }
  forgetAll(state, news)
}

export function forgetAll(state: BroadcastState, stable: readonly Mark[]): void {
  const news = stable.filter(([name, upTo]) => upTo > sourceOf(state, name).stable)
  if (news.length === 0) return
  for (const [name, upTo] of news) forget(sourceOf(state, name), upTo)
  state.stableNews = news
  state.stableRound++
}
