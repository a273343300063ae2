import type { LwwMap } from '../crdt/lww-map.ts'
import { byId, type Input, type Moment, type NodeId, type Send } from '../machine.ts'
import type { Health } from '../membership/member.ts'
import {
  newMembership,
  stepMembership,
  type MembershipCommand,
  type MembershipState,
  type Timing,
} from '../membership/membership.ts'
import type { MembershipMessage } from '../membership/message.ts'
import type { SpreadMessage } from '../spread/message.ts'
import { newSpread, stepSpread, type SpreadCommand, type SpreadState } from '../spread/spread.ts'
import { PEERS_PER_FRAME_MAX, readFrame, type Frame, type FrameFault, type Hello } from './frame.ts'

/**
 * Nodes and the links between them. A link is a stream of frames to one other node, opened by either; several to one node
 * do no harm. In: which links opened and closed and what came over them, addresses, what the owner writes. Out: addresses
 * to dial, frames to send, links to close, what others wrote, who is alive. Promise: where the network lets two nodes
 * reach each other again, both know all within 2 s.
 */
export interface MeshState {
  readonly hello: Hello
  readonly membership: MembershipState
  readonly maps: ReadonlyMap<string, SpreadState>
  readonly links: Map<LinkId, Link>
  readonly addresses: Map<string, Address>
  membershipAtMs: number
  spreadAtMs: number
  wakeAtMs: number
}

/** Names a link as long as it is open; the shell never gives a number twice. */
export type LinkId = number

interface Link {
  readonly id: LinkId
  /** The address that was dialled; undefined where the other side dialled. */
  readonly dialled: string | undefined
  /** Where the other side is, without a port. */
  readonly host: string
  readonly openedAtMs: number
  heardAtMs: number
  saidAtMs: number
  /** Since its hello. */
  peer: { readonly id: NodeId; readonly address: string | undefined; readonly maps: readonly string[] } | undefined
}

interface Address {
  isConfigured: boolean
  /** `Infinity` while it is being dialled, or a link to it is open. */
  dialAtMs: number
  /** Who was found there, and when. */
  owner: { readonly id: NodeId; readonly atMs: number } | undefined
  /** When it was last of any use. */
  usedAtMs: number
}

export type MeshInput =
  | { readonly kind: 'tick' }
  /** All configured addresses, as HOST:PORT. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'opened'; readonly link: LinkId; readonly dialled?: string; readonly host: string }
  /** A dial came to nothing. */
  | { readonly kind: 'unreachable'; readonly address: string }
  | { readonly kind: 'frame'; readonly link: LinkId; readonly frame: unknown }
  | { readonly kind: 'closed'; readonly link: LinkId }
  | { readonly kind: 'wrote'; readonly map: string; readonly delta: LwwMap<unknown> }
  | { readonly kind: 'leave' }

export type MeshEffect =
  | { readonly kind: 'dial'; readonly address: string }
  | { readonly kind: 'send'; readonly link: LinkId; readonly frame: Frame }
  | { readonly kind: 'close'; readonly link: LinkId; readonly reason: CloseReason }
  /** To be joined to that map before the next step. */
  | { readonly kind: 'join'; readonly map: string; readonly from: NodeId; readonly delta: LwwMap<unknown> }
  | { readonly kind: 'health'; readonly id: NodeId; readonly health: Health }

export type CloseReason =
  | FrameFault
  | 'no-hello'
  | 'other-version'
  | 'other-cluster'
  /** Somebody else bears our id: a data folder was copied. */
  | 'same-node-id'
  | 'unknown-map'
  | 'silent'
  /** Not a fault: we met ourselves, or somebody to whom there is a link. */
  | 'self'
  | 'already-linked'

export interface MeshMoment extends Moment {
  /** Milliseconds since 1970. */
  readonly wallMs: number
  /** What the owner holds under that name. */
  map(name: string): LwwMap<unknown>
}

export interface MeshOptions {
  readonly self: NodeId
  readonly life: string
  readonly cluster: string
  readonly port: number
  /** By name: how long an entry of it lasts at most. */
  readonly maps: Readonly<Record<string, { readonly lifeMs: number }>>
}

/** Raised when what goes over a link changes its meaning. */
const VERSION = 1
/** A link over which nothing came for so long leads nowhere: the other side says something four times as often. */
const SILENT_MS = 1_200
const BEAT_EVERY_MS = 300
const HELLO_WITHIN_MS = 3_000
/** Between two dials of one address, at least, and at most twice that. */
const DIAL_AGAIN_MS = 150
/** Who was found at an address is believed to be there; then it is looked up again. */
const OWNER_BELIEVED_MS = 60_000
/** Addresses told by others are kept so long after their last use, and so many. */
const LEARNT_KEPT_MS = 600_000
const ADDRESSES_MAX = 128
/** One that crashed is suspected within a round of pings, and dead a few seconds later. */
const TIMING: Timing = { periodMs: 500, answerMs: 200 }

interface Turn {
  readonly state: MeshState
  readonly moment: MeshMoment
  readonly nowMs: number
  readonly effects: MeshEffect[]
}

/** The first input is a tick. */
export function newMesh({ self, life, cluster, port, maps }: MeshOptions): MeshState {
  const spreads = Object.entries(maps).map(([name, { lifeMs }]) => [name, newSpread({ self, lifeMs })] as const)
  return {
    hello: { kind: 'hello', version: VERSION, cluster, id: self, life, port, maps: Object.keys(maps) },
    membership: newMembership({ self, members: [], timing: TIMING }),
    maps: new Map(spreads),
    links: new Map(),
    addresses: new Map(),
    membershipAtMs: 0,
    spreadAtMs: 0,
    wakeAtMs: Infinity,
  }
}

export function stepMesh(
  state: MeshState,
  input: MeshInput,
  moment: MeshMoment,
): { readonly effects: readonly MeshEffect[]; readonly wakeAtMs: number } {
  const turn: Turn = { state, moment, nowMs: moment.nowMs, effects: [] }
  forgive(turn)
  take(turn, input)
  attend(turn)
  state.wakeAtMs = deadline(state)
  return { effects: turn.effects, wakeAtMs: state.wakeAtMs }
}

/** What is believed of a node; undefined: never heard of, or long dead. */
export function healthOf({ membership }: MeshState, id: NodeId): Health | undefined {
  return id === membership.self ? 'alive' : membership.members.get(id)?.health
}

/** Nodes to which there is a link. */
export function linked({ links }: MeshState): NodeId[] {
  return [...new Set([...links.values()].flatMap(({ peer }) => (peer ? [peer.id] : [])))]
}

/** Where this node itself stood still, nobody was silent meanwhile. */
function forgive({ state, nowMs }: Turn): void {
  const lateMs = nowMs - state.wakeAtMs
  if (lateMs > 0) for (const link of state.links.values()) link.heardAtMs = Math.min(nowMs, link.heardAtMs + lateMs)
}

function take(turn: Turn, input: MeshInput): void {
  const { state, nowMs } = turn
  switch (input.kind) {
    case 'tick':
      return
    case 'addresses':
      return configure(turn, input.addresses)
    case 'opened': {
      const { link: id, dialled, host } = input
      const link = { id, dialled, host, openedAtMs: nowMs, heardAtMs: nowMs, saidAtMs: nowMs, peer: undefined }
      state.links.set(id, link)
      return send(turn, link, state.hello)
    }
    case 'unreachable':
      return dialAgain(turn, input.address)
    case 'frame': {
      const link = state.links.get(input.link)
      if (link) hear(turn, link, input.frame)
      return
    }
    case 'closed':
      return drop(turn, state.links.get(input.link))
    case 'wrote':
      return spread(turn, input.map, { kind: 'command', command: { kind: 'wrote', delta: input.delta } })
    case 'leave':
      return gossip(turn, { kind: 'command', command: { kind: 'leave' } })
  }
}

function configure({ state, nowMs }: Turn, addresses: readonly string[]): void {
  for (const address of state.addresses.values()) address.isConfigured = false
  for (const name of addresses.slice(0, ADDRESSES_MAX)) know(state, name, nowMs).isConfigured = true
}

function know(state: MeshState, name: string, nowMs: number): Address {
  let address = state.addresses.get(name)
  if (!address) {
    address = { isConfigured: false, dialAtMs: nowMs, owner: undefined, usedAtMs: nowMs }
    state.addresses.set(name, address)
  }
  return address
}

/** Told by others, or seen: not more of them than are kept. */
function learn({ state, nowMs }: Turn, name: string): Address | undefined {
  if (!state.addresses.has(name) && state.addresses.size >= ADDRESSES_MAX) return undefined
  return know(state, name, nowMs)
}

function dialAgain({ state, moment, nowMs }: Turn, name: string): void {
  const address = state.addresses.get(name)
  if (address) address.dialAtMs = nowMs + DIAL_AGAIN_MS * (1 + moment.fraction())
}

function hear(turn: Turn, link: Link, raw: unknown): void {
  const { state, nowMs } = turn
  const read = readFrame(raw)
  if (!read.ok) return close(turn, link, read.error)
  const frame = read.value
  link.heardAtMs = nowMs
  if (frame.kind === 'hello') return greet(turn, link, frame)
  const from = link.peer?.id
  if (from === undefined) return close(turn, link, 'no-hello')
  if (frame.kind === 'peers') for (const address of frame.addresses) learn(turn, address)
  else if (frame.kind === 'membership') gossip(turn, { kind: 'message', from, message: frame.message })
  else if (frame.kind === 'spread') {
    if (!state.maps.has(frame.map)) return close(turn, link, 'unknown-map')
    spread(turn, frame.map, { kind: 'message', from, message: frame.message })
  }
}

/** From here on it is known whom the link leads to. */
function greet(turn: Turn, link: Link, hello: Hello): void {
  const { state, nowMs } = turn
  const { id, life, port } = hello
  if (hello.version !== VERSION) return close(turn, link, 'other-version')
  if (hello.cluster !== state.hello.cluster) return close(turn, link, 'other-cluster')
  const name = link.dialled ?? (port > 0 ? `${link.host}:${port}` : undefined)
  const address = name === undefined ? undefined : learn(turn, name)
  if (address) [address.owner, address.usedAtMs] = [{ id, atMs: nowMs }, nowMs]
  if (id === state.hello.id) return close(turn, link, life === state.hello.life ? 'self' : 'same-node-id')
  if (link.peer) return
  // Of two that this node dialled the older one is known to work.
  if (link.dialled !== undefined && linksTo(state, id).some(({ dialled }) => dialled !== undefined))
    return close(turn, link, 'already-linked')
  link.peer = { id, address: name, maps: hello.maps }
  meet(turn)
  gossip(turn, reach(id))
  introduce(turn, link)
  keepOne(turn, id)
}

/** Where both dialled at once, the first of them in order of ids keeps its own. */
function keepOne(turn: Turn, id: NodeId): void {
  const { state, nowMs } = turn
  if (byId(state.hello.id, id) > 0) return
  const links = linksTo(state, id)
  const isHeard = ({ dialled, heardAtMs }: Link): boolean =>
    dialled !== undefined && nowMs < heardAtMs + 2 * BEAT_EVERY_MS
  if (!links.some(isHeard)) return
  for (const link of links) if (link.dialled === undefined) close(turn, link, 'already-linked')
}

/** Whoever is new hears where all are, and all hear where the new one is. */
function introduce(turn: Turn, link: Link): void {
  const { state } = turn
  const others = [...state.links.values()].filter(({ peer }) => peer !== undefined && peer.id !== link.peer!.id)
  const addresses = others.flatMap(({ peer }) => peer!.address ?? []).slice(0, PEERS_PER_FRAME_MAX)
  if (addresses.length > 0) send(turn, link, { kind: 'peers', addresses })
  const own = link.peer!.address
  if (own !== undefined) for (const other of others) send(turn, other, { kind: 'peers', addresses: [own] })
}

function close(turn: Turn, link: Link, reason: CloseReason): void {
  turn.effects.push({ kind: 'close', link: link.id, reason })
  drop(turn, link)
}

function drop(turn: Turn, link: Link | undefined): void {
  if (!link || !turn.state.links.delete(link.id)) return
  if (link.dialled !== undefined) dialAgain(turn, link.dialled)
  if (!link.peer) return
  for (const [name, { owner, dialAtMs }] of turn.state.addresses)
    if (owner?.id === link.peer.id && dialAtMs < Infinity) dialAgain(turn, name)
  meet(turn)
}

/** The neighbours of a map are those to whom there is a link, and who hold it too. */
function meet(turn: Turn): void {
  const peers = [...turn.state.links.values()].flatMap(({ peer }) => peer ?? [])
  for (const name of turn.state.maps.keys()) {
    const ids = [...new Set(peers.flatMap(({ id, maps }) => (maps.includes(name) ? [id] : [])))]
    spread(turn, name, { kind: 'command', command: { kind: 'neighbours', ids } })
  }
}

function gossip(turn: Turn, input: Input<MembershipCommand, MembershipMessage>): void {
  const { state, moment } = turn
  const { sends, events, wakeAtMs } = stepMembership(state.membership, input, moment)
  state.membershipAtMs = wakeAtMs
  sendAll(turn, sends, (message) => ({ kind: 'membership', message }))
  for (const { id, health } of events) {
    turn.effects.push({ kind: 'health', id, health })
    // Whoever can hear it contradicts at once.
    if (health !== 'alive' && linksTo(state, id).length > 0) gossip(turn, reach(id))
  }
}

function spread(turn: Turn, name: string, input: Input<SpreadCommand, SpreadMessage>): void {
  const { state, moment } = turn
  const { nowMs, wallMs } = moment
  const at = { nowMs, wallMs, map: moment.map(name), fraction: () => moment.fraction() }
  const { sends, events, wakeAtMs } = stepSpread(state.maps.get(name)!, input, at)
  state.spreadAtMs = Math.min(state.spreadAtMs, wakeAtMs)
  for (const event of events) turn.effects.push({ kind: 'join', map: name, ...event })
  sendAll(turn, sends, (message) => ({ kind: 'spread', map: name, message }))
}

function reach(id: NodeId): Input<MembershipCommand, never> {
  return { kind: 'command', command: { kind: 'reach', id } }
}

/** What is for somebody to whom there is no link is lost, as in any network. */
function sendAll<Message>(turn: Turn, sends: readonly Send<Message>[], frame: (message: Message) => Frame): void {
  for (const { to, message } of sends) {
    const link = linksTo(turn.state, to).at(-1)
    if (link) send(turn, link, frame(message))
  }
}

function linksTo({ links }: MeshState, id: NodeId): Link[] {
  return [...links.values()].filter(({ peer }) => peer?.id === id)
}

function send(turn: Turn, link: Link, frame: Frame): void {
  link.saidAtMs = turn.nowMs
  turn.effects.push({ kind: 'send', link: link.id, frame })
}

/** What time brings: links that fell silent, beats, dials, and the turns of the machines within. */
function attend(turn: Turn): void {
  const { state, nowMs } = turn
  for (const link of state.links.values()) {
    if (link.heardAtMs + SILENT_MS <= nowMs && link.peer) close(turn, link, 'silent')
    else if (link.openedAtMs + HELLO_WITHIN_MS <= nowMs && !link.peer) close(turn, link, 'no-hello')
    else if (link.saidAtMs + BEAT_EVERY_MS <= nowMs) send(turn, link, { kind: 'beat' })
  }
  for (const [name, address] of state.addresses) {
    if (!address.isConfigured && address.usedAtMs + LEARNT_KEPT_MS <= nowMs && address.dialAtMs < Infinity)
      state.addresses.delete(name)
    else if (address.dialAtMs <= nowMs) dial(turn, name, address)
  }
  if (state.membershipAtMs <= nowMs) gossip(turn, { kind: 'tick' })
  if (state.spreadAtMs > nowMs) return
  state.spreadAtMs = Infinity
  for (const name of state.maps.keys()) spread(turn, name, { kind: 'tick' })
}

function dial(turn: Turn, name: string, address: Address): void {
  const { state, nowMs } = turn
  const { owner } = address
  const isThere = owner && (owner.id === state.hello.id || linksTo(state, owner.id).length > 0)
  if (isThere) address.usedAtMs = nowMs
  const believedUntilMs = isThere ? owner.atMs + OWNER_BELIEVED_MS : nowMs
  address.dialAtMs = believedUntilMs > nowMs ? believedUntilMs : Infinity
  if (address.dialAtMs < Infinity) return
  turn.effects.push({ kind: 'dial', address: name })
}

function deadline(state: MeshState): number {
  let earliest = Math.min(state.membershipAtMs, state.spreadAtMs)
  for (const { peer, heardAtMs, saidAtMs, openedAtMs } of state.links.values()) {
    const endsAtMs = peer ? heardAtMs + SILENT_MS : openedAtMs + HELLO_WITHIN_MS
    earliest = Math.min(earliest, endsAtMs, saidAtMs + BEAT_EVERY_MS)
  }
  for (const { dialAtMs } of state.addresses.values()) earliest = Math.min(earliest, dialAtMs)
  return earliest
}
