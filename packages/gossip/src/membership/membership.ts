import type { Input, Moment, NodeId, Output, Send } from '../machine.ts'
import { overrides, type Health, type Member, type Rumour } from './member.ts'
import { toRow, type MembershipMessage } from './message.ts'

/**
 * Who is there: SWIM (Das, Gupta, Motivala, 2002) with suspicion and incarnations. Each node pings one other per period;
 * one that does not answer is pinged by others too, then suspected, and, unless it contradicts in time, dead. What
 * changes travels on pings and their answers. A dead member is tried now and then: it may have been cut off only. Out
 * come the changes of what is believed here.
 */
export interface MembershipState {
  readonly self: NodeId
  readonly timing: Timing
  incarnation: number
  left: boolean
  readonly members: Map<NodeId, Member>
  /** How often news was told, of whom. */
  readonly told: Map<NodeId, number>
  /** Who is told of everybody next time, since they were away. */
  readonly welcome: Set<NodeId>
  /** Who is pinged next: everybody once per round, in an order of its own each round. */
  round: NodeId[]
  number: number
  periods: number
  periodAtMs: number
  ping: Ping | undefined
  /** Pings in somebody else's place, by their number. */
  readonly errands: Map<number, { readonly asker: NodeId; readonly number: number; readonly untilMs: number }>
}

interface Ping {
  readonly target: NodeId
  readonly number: number
  /** When others are asked to ping it too; `Infinity` once they are. */
  askAtMs: number
}

export interface Timing {
  /** One ping per node and period. */
  readonly periodMs: number
  /** How long a ping's answer takes at most, if nothing is lost. */
  readonly answerMs: number
}

export type MembershipCommand =
  /** Members known from elsewhere, such as a configuration. */
  | { readonly kind: 'join'; readonly members: readonly NodeId[] }
  /** There is a way to this node now: it is pinged at once, so that whoever counts as dead can contradict. */
  | { readonly kind: 'reach'; readonly id: NodeId }
  | { readonly kind: 'leave' }

export interface MembershipEvent {
  readonly id: NodeId
  readonly health: Health
}

/** Who pings in one's place. */
const HELPERS = 3
/** Times log2 of the number of members: how often each change is told by each node, and how many periods a suspect has. */
const TELLINGS = 3
const SUSPICION_PERIODS = 3
/** What doesn't fit waits for the next message; the least told goes first. */
const RUMOURS_PER_MESSAGE_MAX = 8
/** Every so many periods somebody dead is pinged as well. */
const DEAD_EVERY_PERIODS = 4
/** After this long a dead member is forgotten. It can join anew. */
const DEAD_KEPT_MS = 86_400_000

interface Turn {
  readonly state: MembershipState
  readonly moment: Moment
  readonly nowMs: number
  readonly sends: Send<MembershipMessage>[]
  readonly events: MembershipEvent[]
}

/** The first input is a tick. */
export function newMembership(options: { self: NodeId; members: readonly NodeId[]; timing: Timing }): MembershipState {
  const { self, members, timing } = options
  const state: MembershipState = {
    self,
    timing,
    incarnation: 0,
    left: false,
    members: new Map(),
    told: new Map(),
    welcome: new Set(),
    round: [],
    number: 0,
    periods: 0,
    periodAtMs: -Infinity,
    ping: undefined,
    errands: new Map(),
  }
  for (const id of members) if (id !== self) state.members.set(id, { id, health: 'alive', incarnation: 0, sinceMs: 0 })
  return state
}

export function stepMembership(
  state: MembershipState,
  input: Input<MembershipCommand, MembershipMessage>,
  moment: Moment,
): Output<MembershipMessage, MembershipEvent> {
  const turn: Turn = { state, moment, nowMs: moment.nowMs, sends: [], events: [] }
  if (state.left) return { sends: [], events: [], wakeAtMs: Infinity }
  if (input.kind === 'message') onMessage(turn, input.from, input.message)
  else if (input.kind === 'command') onCommand(turn, input.command)
  if (state.left) return { sends: turn.sends, events: turn.events, wakeAtMs: Infinity }
  attend(turn)
  return { sends: turn.sends, events: turn.events, wakeAtMs: deadline(state) }
}

function onCommand(turn: Turn, command: MembershipCommand): void {
  const { state } = turn
  if (command.kind === 'join') {
    for (const id of command.members) if (!state.members.has(id)) hear(turn, { id, health: 'alive', incarnation: 0 })
    return
  }
  if (command.kind === 'reach') {
    hear(turn, { id: command.id, health: 'alive', incarnation: 0 })
    if (state.ping?.target === command.id) state.ping = undefined
    send(turn, command.id, { kind: 'ping', number: ++state.number })
    return
  }
  for (const id of some(turn, HELPERS, alive(state))) send(turn, id, { kind: 'leave', number: 0 })
  state.left = true
}

function onMessage(turn: Turn, from: NodeId, message: MembershipMessage): void {
  const { state, nowMs } = turn
  const { kind, number, incarnation } = message
  const before = state.members.get(from)
  hear(turn, { id: from, health: kind === 'leave' ? 'dead' : 'alive', incarnation })
  if ((!before || before.health === 'dead') && state.members.get(from)?.health === 'alive') state.welcome.add(from)
  for (const [id, health, told] of message.rumours) hear(turn, { id, health, incarnation: told })
  if (kind === 'ping') send(turn, from, { kind: 'ack', number })
  if (kind === 'ask') {
    const errand = ++state.number
    state.errands.set(errand, { asker: from, number, untilMs: nowMs + state.timing.periodMs })
    send(turn, message.target!, { kind: 'ping', number: errand })
  }
  if (kind !== 'ack') return
  if (state.ping?.number === number) state.ping = undefined
  const errand = state.errands.get(number)
  if (!errand) return
  state.errands.delete(number)
  send(turn, errand.asker, { kind: 'ack', number: errand.number })
}

/** Believes a rumour if it is newer than what is known, and passes it on. */
function hear(turn: Turn, rumour: Rumour): void {
  const { state, nowMs } = turn
  const { id, health, incarnation } = rumour
  if (id === state.self) {
    // Nobody knows better that we live.
    if (health === 'alive' || incarnation < state.incarnation) return
    state.incarnation = incarnation + 1
    state.told.set(id, 0)
    return
  }
  const known = state.members.get(id)
  // Of somebody never heard of that they are dead is no news.
  if (known ? !overrides(rumour, known) : health === 'dead') return
  state.members.set(id, { id, health, incarnation, sinceMs: nowMs })
  state.told.set(id, 0)
  if (known?.health !== health) turn.events.push({ id, health })
}

/** What time brings: others are asked, suspects die, a period ends and the next begins. */
function attend(turn: Turn): void {
  const { state, nowMs } = turn
  const { ping, timing } = state
  if (ping && ping.askAtMs <= nowMs) {
    ping.askAtMs = Infinity
    const helpers = alive(state).filter((id) => id !== ping.target)
    for (const id of some(turn, HELPERS, helpers)) {
      send(turn, id, { kind: 'ask', number: ping.number, target: ping.target })
    }
  }
  for (const member of state.members.values()) {
    if (member.health === 'suspect' && diesAt(state, member) <= nowMs) hear(turn, { ...member, health: 'dead' })
  }
  if (state.periodAtMs > nowMs) return
  if (state.periodAtMs === -Infinity) {
    // Nodes that start together don't ping together.
    state.periodAtMs = nowMs + turn.moment.fraction() * timing.periodMs
    return
  }
  endPeriod(turn)
  state.periodAtMs = nowMs + timing.periodMs
}

function endPeriod(turn: Turn): void {
  const { state, nowMs } = turn
  const silent = state.ping && state.members.get(state.ping.target)
  if (silent) hear(turn, { ...silent, health: 'suspect' })
  state.ping = undefined
  for (const [number, { untilMs }] of state.errands) if (untilMs <= nowMs) state.errands.delete(number)
  for (const { id, health, sinceMs } of state.members.values()) {
    if (health === 'dead' && sinceMs + DEAD_KEPT_MS <= nowMs)
      for (const map of [state.members, state.told]) map.delete(id)
  }
  if (++state.periods % DEAD_EVERY_PERIODS === 0) {
    const dead = [...state.members.values()].filter(({ health }) => health === 'dead').map(({ id }) => id)
    for (const id of some(turn, 1, dead)) send(turn, id, { kind: 'ping', number: ++state.number })
  }
  const target = nextTarget(turn)
  if (target === undefined) return
  state.ping = { target, number: ++state.number, askAtMs: nowMs + state.timing.answerMs }
  send(turn, target, { kind: 'ping', number: state.ping.number })
}

/** Everybody once per round: so a crash is noticed within two rounds at the latest, not only most likely soon. */
function nextTarget(turn: Turn): NodeId | undefined {
  const { state } = turn
  const lives = (id: NodeId): boolean => (state.members.get(id)?.health ?? 'dead') !== 'dead'
  state.round = state.round.filter(lives)
  if (state.round.length === 0) state.round = some(turn, Infinity, [...state.members.keys()].filter(lives))
  return state.round.pop()
}

/** Tells along with every message: what the receiver should contradict, then what was told least. */
function send(turn: Turn, to: NodeId, what: Pick<MembershipMessage, 'kind' | 'number' | 'target'>): void {
  const { state } = turn
  const about = state.members.get(to)
  const rumours: Rumour[] = about && about.health !== 'alive' ? [about] : []
  if (state.welcome.delete(to)) {
    rumours.push(...[...state.members.values()].filter(({ id, health }) => id !== to && health !== 'dead'))
  } else {
    rumours.push(...news(state, to))
  }
  turn.sends.push({ to, message: { ...what, incarnation: state.incarnation, rumours: rumours.map(toRow) } })
}

function news(state: MembershipState, to: NodeId): Rumour[] {
  const fresh = [...state.told].toSorted(([, a], [, b]) => a - b).slice(0, RUMOURS_PER_MESSAGE_MAX)
  const rumours: Rumour[] = []
  for (const [id, times] of fresh) {
    if (times + 1 >= TELLINGS * spread(state)) state.told.delete(id)
    else state.told.set(id, times + 1)
    const self: Rumour = { id, health: 'alive', incarnation: state.incarnation }
    const rumour = id === state.self ? self : state.members.get(id)
    if (rumour && id !== to) rumours.push(rumour)
  }
  return rumours
}

/** How many periods news takes to reach everybody, in order of size. */
function spread(state: MembershipState): number {
  return Math.ceil(Math.log2(state.members.size + 2))
}

function diesAt(state: MembershipState, { sinceMs }: Member): number {
  return sinceMs + SUSPICION_PERIODS * spread(state) * state.timing.periodMs
}

function alive(state: MembershipState): NodeId[] {
  return [...state.members.values()].filter(({ health }) => health === 'alive').map(({ id }) => id)
}

/** So many of them at random, in random order (Fisher and Yates). */
function some(turn: Turn, count: number, ids: readonly NodeId[]): NodeId[] {
  const left = [...ids]
  const chosen: NodeId[] = []
  while (chosen.length < count && left.length > 0) {
    const at = Math.floor(turn.moment.fraction() * left.length)
    chosen.push(left[at]!)
    left[at] = left.at(-1)!
    left.pop()
  }
  return chosen
}

function deadline(state: MembershipState): number {
  let earliest = Math.min(state.periodAtMs, state.ping?.askAtMs ?? Infinity)
  for (const member of state.members.values()) {
    if (member.health === 'suspect') earliest = Math.min(earliest, diesAt(state, member))
  }
  return earliest
}
