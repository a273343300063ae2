import type { Input, Moment, NodeId, Output, Send } from '../machine.ts'
import {
  batchLateMs,
  confirm,
  expectAnswer,
  forgetFlights,
  hear,
  isDown,
  landFlights,
  leadMs,
  linkDeadline,
  longestTrip,
  overdueAt,
  presumed,
  takeOff,
  type Link,
} from './link.ts'
import type { BroadcastMessage, Mark, Run } from './message.ts'
import {
  firstThatAnswers,
  followers,
  forgetAll,
  forgetRound,
  isMesh,
  linkTo,
  pushesTo,
  setMembers,
  sourceOf,
  type BroadcastState,
} from './state.ts'
import { append, receive, valuesAfter, type SourceName } from './source.ts'

/**
 * Reliable broadcast: what one node is told to say, every node hears once. In come values from the owner and messages
 * from other nodes; out go messages, and values of others as they are heard. Nodes send to their hub what is new, the
 * hub sends everybody a batch of it per window; confirmations ride along. Who isn't heard from is tried again, another
 * hub takes over, and digests repair what was missed. SPEC.md has the states and the messages.
 */
export function stepBroadcast(
  state: BroadcastState,
  input: Input<BroadcastCommand, BroadcastMessage>,
  moment: Moment,
): Output<BroadcastMessage, unknown> {
  const turn: Turn = { state, moment, nowMs: moment.nowMs, sends: [], heard: [], touched: new Set() }
  if (input.kind === 'message') onMessage(turn, input.from, input.message)
  else if (input.kind === 'command') onCommand(turn, input.command)
  attend(turn)
  flushDue(turn)
  for (const link of turn.touched) state.linksDueMs = Math.min(state.linksDueMs, linkDeadline(link))
  const wakeAtMs = Math.min(state.upAtMs, state.downAtMs, state.repairAtMs, state.linksDueMs)
  return { sends: turn.sends, events: turn.heard, wakeAtMs }
}

export type BroadcastCommand =
  | { readonly kind: 'say'; readonly value: unknown }
  /** Who takes part from now on. Who joins hears what is said from then on, and what is not forgotten yet. */
  | { readonly kind: 'members'; readonly members: readonly NodeId[] }

interface Turn {
  readonly state: BroadcastState
  readonly moment: Moment
  readonly nowMs: number
  readonly sends: Send<BroadcastMessage>[]
  readonly heard: unknown[]
  /** Links whose deadlines may be earlier now. */
  readonly touched: Set<Link>
}

/** How often a node that is down is tried again where it matters: to whom we send, and who could be our hub. */
const PROBE_EVERY_MS = 700
/** … and where it doesn't. */
const IDLE_PROBE_EVERY_MS = 4_000
/** How often somebody at random is asked while somebody is down. A hub that stands in for another asks as often as it probes. */
const REPAIR_EVERY_MS = 2_000

/**
 * After waiting for so many windows in all a value is passed on, also between two batches: what missed one, because a
 * timer rang late, must not wait for the next one as well.
 */
const PATIENCE_WINDOWS = 1.25
/** By how much the times on two messages of one moment differ. */
const STAMP_STEP_MS = 0.001

function onCommand(turn: Turn, command: BroadcastCommand): void {
  const { state } = turn
  if (command.kind === 'members') {
    setMembers(state, command.members)
    return followFirst(turn)
  }
  append(state.own, command.value)
  spread(turn, [state.own.name], { urgent: false, waitedMs: 0, from: undefined })
}

function onMessage(turn: Turn, from: NodeId, message: BroadcastMessage): void {
  const { state, nowMs } = turn
  const link = linkTo(state, from)
  if (!link) return void state.strangers++
  turn.touched.add(link)
  const wasDown = isDown(link)
  hear(link, message, nowMs)
  if (wasDown || message.digest) forgetFlights(link)
  if (message.digest) link.acked.clear()
  for (const [name, upTo] of message.known ?? []) confirm(link, name, upTo)
  const news = takeIn(turn, link, message.runs ?? [])
  forgetAll(state, message.stable ?? [])
  link.toldRound = state.stableRound
  landFlights(link)
  if (message.nextMs !== undefined && from === state.hub && state.upAtMs < Infinity) {
    state.upAtMs = upSlot(state, link, nowMs)
  }
  if (message.digest) sendLacking(turn, link, message.digest)
  if (wasDown) {
    followFirst(turn)
    state.downAtMs = nowMs
  }
  spread(turn, news, { urgent: message.urgent === true, waitedMs: message.waitedMs ?? 0, from })
  if (message.urgent && link.owed.size > 0) send(turn, link, {})
}

/** Takes values in; returns the sources of which some were new. */
function takeIn(turn: Turn, link: Link, runs: readonly Run[]): SourceName[] {
  const { state, nowMs } = turn
  const news: SourceName[] = []
  for (const [name, first, values] of runs) {
    const fresh = receive(sourceOf(state, name), first, values)
    turn.heard.push(...fresh)
    if (fresh.length > 0) news.push(name)
    confirm(link, name, first + values.length - 1)
    link.owed.add(name)
  }
  if (link.owed.size > 0) link.oweByMs = Math.min(link.oweByMs, nowMs + state.pace.ackDelayMs)
  return news
}

interface Arrival {
  readonly urgent: boolean
  /** How long it has waited before. */
  readonly waitedMs: number
  readonly from: NodeId | undefined
}

/** Decides when news go out. Without a hub only a node's own news do: whoever said the others sends them itself. */
function spread(turn: Turn, news: readonly SourceName[], { urgent, waitedMs, from }: Arrival): void {
  const { state, nowMs } = turn
  const passed = isMesh(state) ? news.filter((name) => name === state.own.name) : news
  if (passed.length === 0) return
  if (followers(state).length > 0) {
    for (const name of passed) state.newsDown.add(name)
    const patienceMs = urgent ? 0 : Math.max(0, PATIENCE_WINDOWS * state.pace.windowMs - waitedMs)
    state.downAtMs = Math.min(state.downAtMs, Math.max(nowMs, Math.min(nextBatchMs(state), nowMs + patienceMs)))
  }
  const hub = linkTo(state, state.hub)
  if (!hub || from === state.hub) return
  for (const name of passed) state.newsUp.add(name)
  state.upSinceMs = Math.min(state.upSinceMs, nowMs - waitedMs)
  state.upAtMs = Math.min(state.upAtMs, urgent ? nowMs : upSlot(state, hub, nowMs))
}

/**
 * When to send so that it arrives just before the hub's next batch leaves: then everything of one window travels in one
 * message. A hub that rests sends at once what it gets, so there waiting would be for nothing; and where a window is
 * hardly longer than a trip, waiting saves no messages.
 */
function upSlot(state: BroadcastState, hub: Link, nowMs: number): number {
  const lead = leadMs(hub)
  if (state.pace.windowMs < 2 * lead) return nowMs
  if (nowMs <= hub.nextBatchMs - lead) return hub.nextBatchMs - lead
  if (nowMs <= hub.nextBatchMs - (longestTrip(hub) ?? 0)) return nowMs
  // Too late for that one. When it has come, the slot of the one after it is known.
  return Math.max(nowMs, hub.nextBatchMs + batchLateMs(hub))
}

/** When this node's own next batch leaves; it is a hub's promise to those who time their messages by it. */
function nextBatchMs(state: BroadcastState): number {
  return state.lastDownMs + state.pace.windowMs
}

/**
 * Everything that is due by itself: what nobody confirmed, what is owed, who is tried again. A step looks at all links only
 * when one of them may be due, since in a mesh there are as many as nodes.
 */
function attend(turn: Turn): void {
  const { state, nowMs } = turn
  if (nowMs < state.linksDueMs && nowMs < state.repairAtMs) return
  for (const link of state.links.values()) {
    if (overdueAt(link) <= nowMs) onSilence(turn, link)
    if (link.probeAtMs <= nowMs) probe(turn, link)
    if (link.oweByMs <= nowMs) send(turn, link, {})
  }
  repair(turn)
  state.linksDueMs = Infinity
  for (const link of state.links.values()) state.linksDueMs = Math.min(state.linksDueMs, linkDeadline(link))
}

function onSilence(turn: Turn, link: Link): void {
  const { state, nowMs } = turn
  link.silences++
  link.answerDueMs = Infinity
  forgetFlights(link)
  if (isDown(link)) {
    link.probeAtMs = nowMs
    followFirst(turn)
  } else if (pushesTo(state, link)) {
    ask(turn, link, lacking(turn, link))
  }
}

function probe(turn: Turn, link: Link): void {
  const { state, nowMs } = turn
  ask(turn, link, [])
  link.answerDueMs = Infinity
  const matters = pushesTo(state, link) || state.members.indexOf(link.peer) < state.members.indexOf(state.hub)
  link.probeAtMs = nowMs + (matters ? PROBE_EVERY_MS : IDLE_PROBE_EVERY_MS)
}

/** While some links are cut, what the overlay can't carry finds its way by digests, over whoever can be reached. */
function repair(turn: Turn): void {
  const { state, moment, nowMs } = turn
  const links = [...state.links.values()]
  const standsIn = !isMesh(state) && state.hub === state.self && state.members[0] !== state.self
  if (!standsIn && !links.some(isDown)) {
    state.repairAtMs = Infinity
    return
  }
  const everyMs = standsIn ? PROBE_EVERY_MS : REPAIR_EVERY_MS
  if (state.repairAtMs === Infinity) state.repairAtMs = nowMs + everyMs
  if (state.repairAtMs > nowMs) return
  state.repairAtMs = nowMs + everyMs
  const candidates = state.members.filter((member) => {
    const link = state.links.get(member)
    return member !== state.self && !(link && isDown(link))
  })
  const chosen = candidates[Math.floor(moment.fraction() * candidates.length)]
  const link = chosen === undefined ? undefined : linkTo(state, chosen)
  if (link) ask(turn, link, [])
}

/** Turns to the first node in order that answers. */
function followFirst(turn: Turn): void {
  const { state } = turn
  const first = firstThatAnswers(state)
  if (first === state.hub) return
  state.hub = first
  const link = linkTo(state, first)
  if (!link) return
  forgetFlights(link)
  ask(turn, link, [])
}

function flushDue(turn: Turn): void {
  const { state, nowMs } = turn
  const hub = state.links.get(state.hub)
  if (state.upAtMs <= nowMs) {
    if (hub) push(turn, hub, state.newsUp, { waitedMs: nowMs - state.upSinceMs })
    state.newsUp.clear()
    state.upAtMs = Infinity
    state.upSinceMs = Infinity
  }
  if (state.downAtMs > nowMs) return
  forgetRound(state, nowMs)
  // What goes out in between, because it is urgent, does not move the windows.
  if (nowMs >= nextBatchMs(state)) state.lastDownMs = nowMs
  for (const link of followers(state)) push(turn, link, state.newsDown, {})
  state.newsDown.clear()
  state.downAtMs = Infinity
}

/** Sends what of the news the peer lacks. */
function push(turn: Turn, link: Link, news: ReadonlySet<SourceName>, parts: Pick<BroadcastMessage, 'waitedMs'>): void {
  const { state, nowMs } = turn
  if (isDown(link)) return
  const runs = link.behind ? lacking(turn, link) : runsOf(state, link, news)
  link.behind = false
  if (runs.length === 0) return
  takeOff(link, runs, nowMs, state.pace.ackDelayMs)
  send(turn, link, { ...parts, runs })
}

/** All that the peer lacks and that is ours to send. */
function lacking(turn: Turn, link: Link): Run[] {
  const { state } = turn
  return runsOf(state, link, isMesh(state) ? [state.own.name] : state.sources.keys())
}

function runsOf(state: BroadcastState, link: Link, names: Iterable<SourceName>): Run[] {
  const runs: Run[] = []
  for (const name of names) {
    const run = valuesAfter(sourceOf(state, name), presumed(link, name))
    if (run) runs.push([name, run.first, run.values])
  }
  return runs
}

/** Answers a digest with all that the sender of it lacks, of whichever source. */
function sendLacking(turn: Turn, link: Link, digest: 'ask' | 'answer'): void {
  const { state, nowMs } = turn
  const runs = runsOf(state, link, state.sources.keys())
  takeOff(link, runs, nowMs, 0)
  link.behind = false
  const urgent = runs.length > 0 ? ({ urgent: true } as const) : {}
  if (digest === 'ask') send(turn, link, { ...urgent, runs, digest: 'answer', known: frontiers(state) })
  else if (runs.length > 0) send(turn, link, { ...urgent, runs })
}

function ask(turn: Turn, link: Link, runs: readonly Run[]): void {
  const { state, nowMs } = turn
  takeOff(link, runs, nowMs, 0)
  send(turn, link, { runs, urgent: true, digest: 'ask', known: frontiers(state) })
  expectAnswer(link, state.sentMs)
}

function frontiers(state: BroadcastState): Mark[] {
  return [...state.sources.values()].map(({ name, frontier }) => [name, frontier])
}

/** Every message confirms what is owed and tells what can be forgotten, whatever else it is for. */
function send(turn: Turn, link: Link, parts: Partial<BroadcastMessage>): void {
  const { state, nowMs } = turn
  const { runs = [], ...rest } = parts
  const known = parts.known ?? [...link.owed].map((name): Mark => [name, sourceOf(state, name).frontier])
  const stable = parts.digest
    ? [...state.sources.values()]
        .filter((source) => source.stable > 0)
        .map(({ name, stable: upTo }): Mark => [name, upTo])
    : link.toldRound < state.stableRound
      ? state.stableNews
      : []
  const nextMs = nextBatchMs(state) - nowMs
  link.owed.clear()
  link.oweByMs = Infinity
  link.toldRound = state.stableRound
  state.sentMs = Math.max(nowMs, state.sentMs + STAMP_STEP_MS)
  const message: BroadcastMessage = {
    ...rest,
    ...(runs.length > 0 ? { runs } : {}),
    ...(known.length > 0 ? { known } : {}),
    ...(stable.length > 0 ? { stable } : {}),
    ...(nextMs > 0 && !isMesh(state) && link.hub === state.self ? { nextMs } : {}),
    ...(link.heard ? { echo: [link.heard.sentMs, nowMs - link.heard.atMs] } : {}),
    ...(state.life > 0 ? { life: state.life } : {}),
    hub: state.hub,
    sentMs: state.sentMs,
  }
  link.heard = undefined
  turn.touched.add(link)
  turn.sends.push({ to: link.peer, message })
}
