import type { NodeId } from '../machine.ts'
import type { BroadcastMessage, Mark, Run } from './message.ts'
import type { SourceName } from './source.ts'

/** What was sent and is not confirmed yet. */
interface Flight {
  readonly dueMs: number
  readonly marks: readonly Mark[]
}

/** What one node knows of another, and what it owes it. */
export interface Link {
  readonly peer: NodeId
  /** What the peer has for certain: it said so, or it sent it. */
  readonly acked: Map<SourceName, number>
  /** What the peer has if nothing got lost on the way. */
  readonly sent: Map<SourceName, number>
  readonly flights: Flight[]
  /** When the answer to a digest is overdue. */
  answerDueMs: number
  askedMs: number
  /** Messages in a row that were not answered in time. */
  silences: number
  /** When a peer that is down is tried again. */
  probeAtMs: number
  /** Something may be lacking there that is not news any more: the next batch looks through everything. */
  behind: boolean
  /** Sources of which the peer waits to hear how far we have them. */
  readonly owed: Set<SourceName>
  oweByMs: number
  /** Whom the peer takes batches from, as far as we have heard. */
  hub: NodeId
  /** The last round of forgetting that it was told of. */
  toldRound: number
  heard: { readonly sentMs: number; readonly atMs: number } | undefined
  /** The peer's life and clock as of its newest message: an older one that comes later says nothing of the present. */
  newest: { readonly life: number; readonly sentMs: number }
  /** How long the last trips there and back took. */
  readonly tripsMs: number[]
  /** When its next batch will be here or just has come, as far as it said so. */
  nextBatchMs: number
}

/** Two unanswered messages in a row: one may have been lost. */
const SILENCES_MAX = 1
/** Trips that are remembered. */
const TRIPS_MAX = 16
/** Before anything was measured. */
const FIRST_TRIP_MS = 200
/** What timers and busy machines may add to a trip before it counts as overdue. */
const SLACK_MS = 200

export function newLink(peer: NodeId, hub: NodeId): Link {
  return {
    peer,
    acked: new Map(),
    sent: new Map(),
    flights: [],
    answerDueMs: Infinity,
    askedMs: -Infinity,
    silences: 0,
    probeAtMs: Infinity,
    behind: true,
    owed: new Set(),
    oweByMs: Infinity,
    hub,
    toldRound: 0,
    heard: undefined,
    newest: { life: 0, sentMs: -1 },
    tripsMs: [],
    nextBatchMs: -Infinity,
  }
}

export function isDown(link: Link): boolean {
  return link.silences > SILENCES_MAX
}

/** How far the peer has a source, if what is under way arrives. */
export function presumed(link: Link, source: SourceName): number {
  return Math.max(link.acked.get(source) ?? 0, link.sent.get(source) ?? 0)
}

export function confirm(link: Link, source: SourceName, upTo: number): void {
  if ((link.acked.get(source) ?? 0) < upTo) link.acked.set(source, upTo)
}

/** After `confirm`: flights that have landed need no second try. */
export function landFlights(link: Link): void {
  const open = link.flights.filter((flight) =>
    flight.marks.some(([source, upTo]) => (link.acked.get(source) ?? 0) < upTo),
  )
  link.flights.splice(0, link.flights.length, ...open)
}

/** Runs leave; unless confirmed within the time to answer (and `patienceMs` more), they count as lost. */
export function takeOff(link: Link, runs: readonly Run[], nowMs: number, patienceMs: number): void {
  const marks = runs.map(([source, first, values]): Mark => [source, first + values.length - 1])
  for (const [source, upTo] of marks) link.sent.set(source, upTo)
  if (marks.length > 0) link.flights.push({ dueMs: answerDue(link, nowMs) + patienceMs, marks })
}

/** What was under way counts as lost. */
export function forgetFlights(link: Link): void {
  link.flights.length = 0
  link.sent.clear()
  link.behind = true
}

/** Of a question with this time on it. */
export function expectAnswer(link: Link, sentMs: number): void {
  link.answerDueMs = answerDue(link, sentMs)
  link.askedMs = sentMs
}

/** The longest of the last trips there and back; undefined until one was measured. */
export function longestTrip(link: Link): number | undefined {
  return link.tripsMs.length > 0 ? Math.max(...link.tripsMs) : undefined
}

/**
 * How long before the hub's batch leaves a message for it has to. What misses the batch waits a whole window for the
 * next, which costs more than to be early; the fewer trips were measured, the earlier.
 */
export function leadMs(link: Link): number {
  return (longestTrip(link) ?? Infinity) * (1.2 + 0.3 / Math.max(1, link.tripsMs.length))
}

/** How much later than expected a hub's batch may come before the hub counts as resting. */
export function batchLateMs(link: Link): number {
  return 0.3 * (longestTrip(link) ?? 0)
}

function answerDue(link: Link, nowMs: number): number {
  return nowMs + (longestTrip(link) ?? FIRST_TRIP_MS) + SLACK_MS
}

/** Takes note of what every message says of the link itself. */
export function hear(link: Link, message: BroadcastMessage, nowMs: number): void {
  link.silences = 0
  // Only its answer tells that the peer has heard the last question, and whom this node follows since then.
  if (message.digest === 'answer' && message.echo && message.echo[0] >= link.askedMs) link.answerDueMs = Infinity
  link.probeAtMs = Infinity
  const { life = 0, sentMs } = message
  if (life > link.newest.life || (life === link.newest.life && sentMs > link.newest.sentMs)) {
    link.newest = { life, sentMs }
    link.hub = message.hub
  }
  link.heard = { sentMs, atMs: nowMs }
  if (message.nextMs !== undefined) link.nextBatchMs = nowMs + message.nextMs
  if (!message.echo) return
  const [echoedMs, heldMs] = message.echo
  link.tripsMs.push(Math.max(0, nowMs - echoedMs - heldMs))
  if (link.tripsMs.length > TRIPS_MAX) link.tripsMs.shift()
}

/** When silence begins to mean something. */
export function overdueAt(link: Link): number {
  return link.flights.reduce((earliest, flight) => Math.min(earliest, flight.dueMs), link.answerDueMs)
}

/** When the link itself wants attention. */
export function linkDeadline(link: Link): number {
  return Math.min(overdueAt(link), link.probeAtMs, link.oweByMs)
}
