import { seededRandom } from '@waypost/kernel/sim'
import { joinMaps, type LwwMap } from '../src/crdt/lww-map.ts'
import type { NodeId } from '../src/machine.ts'
import type { Frame } from '../src/mesh/frame.ts'
import { newMesh, stepMesh, type LinkId, type MeshEffect, type MeshInput, type MeshState } from '../src/mesh/mesh.ts'
import { createQueue } from './network.ts'

/** Nodes and streams between them in virtual time: everything that happens follows from the seed. */
export interface MeshNetwork {
  readonly ids: readonly NodeId[]
  nowMs(): number
  state(id: NodeId): MeshState
  map(id: NodeId, name: string): LwwMap<unknown>
  /** The owner writes, and tells the mesh. */
  write(id: NodeId, name: string, delta: LwwMap<unknown>): void
  input(id: NodeId, input: MeshInput): void
  at(atMs: number, action: () => void): void
  runTo(untilMs: number): void
  /** Whether nothing gets from one to the other. A stream that lost something never goes on by itself. */
  cut: (from: NodeId, to: NodeId) => boolean
  /** Nobody is told, as when the power fails. */
  crash(id: NodeId): void
  /** Without any memory. */
  start(id: NodeId): void
  onEffect: (id: NodeId, effect: MeshEffect) => void
}

export interface MeshNetworkOptions {
  readonly ids: readonly NodeId[]
  readonly seed: number
  readonly lifeMs: number
  /** One way, in milliseconds. */
  readonly latencyMs: (fraction: () => number) => number
  /** The addresses that a node is configured with; an address is `ID:1`. */
  readonly configured: (id: NodeId) => readonly string[]
  /** Fractions of frames after the hello that are lost, come twice, or come later than others. */
  readonly faults?: { readonly loss: number; readonly repeat: number; readonly disorder: number }
}

interface Stream {
  readonly a: { readonly id: NodeId; readonly link: LinkId }
  readonly b: { readonly id: NodeId; readonly link: LinkId }
  isOpen: boolean
  /** By sender: when what was sent last arrives. */
  readonly lastMs: Map<NodeId, number>
  readonly stalled: Set<NodeId>
}

/** What the shell gives up a dial after. */
const DIAL_MS = 500
const START_WALL_MS = Date.UTC(2026, 0, 1)
const MAPS = ['here', 'nodes']

export function createMeshNetwork(options: MeshNetworkOptions): MeshNetwork {
  const { ids, lifeMs, latencyMs, configured, faults } = options
  const { fraction } = seededRandom(options.seed)
  const queue = createQueue()
  const states = new Map<NodeId, MeshState>()
  const maps = new Map<string, LwwMap<unknown>>()
  const streams = new Map<LinkId, Stream>()
  let [nowMs, links, lives] = [0, 0, 0]

  const held = (id: NodeId, name: string): LwwMap<unknown> => maps.get(`${id} ${name}`) ?? new Map()
  const join = (id: NodeId, name: string, delta: LwwMap<unknown>): void =>
    void maps.set(`${id} ${name}`, joinMaps(held(id, name), delta))

  function feed(id: NodeId, input: MeshInput): void {
    const state = states.get(id)
    if (!state) return
    const moment = { nowMs, wallMs: START_WALL_MS + nowMs, fraction, map: (name: string) => held(id, name) }
    const { effects, wakeAtMs } = stepMesh(state, input, moment)
    for (const effect of effects) carryOut(id, effect)
    if (wakeAtMs === Infinity) return
    queue.add(Math.max(wakeAtMs, nowMs), () => {
      if (states.get(id) === state && state.wakeAtMs === wakeAtMs) feed(id, { kind: 'tick' })
    })
  }

  function carryOut(id: NodeId, effect: MeshEffect): void {
    network.onEffect(id, effect)
    if (effect.kind === 'join') join(id, effect.map, effect.delta)
    else if (effect.kind === 'dial') dial(id, effect.address)
    else if (effect.kind === 'send') carry(id, effect.link, effect.frame)
    else if (effect.kind === 'close') hangUp(id, effect.link)
  }

  function dial(id: NodeId, address: string): void {
    const to = address.slice(0, address.indexOf(':'))
    const state = states.get(id)
    const fail = (): void => {
      if (states.get(id) === state) feed(id, { kind: 'unreachable', address })
    }
    if (network.cut(id, to) || network.cut(to, id)) return queue.add(nowMs + DIAL_MS, fail)
    queue.add(nowMs + 2 * latencyMs(fraction), () => {
      if (!states.has(to) || states.get(id) !== state) return fail()
      const [a, b] = [
        { id, link: ++links },
        { id: to, link: ++links },
      ]
      const stream = { a, b, isOpen: true, lastMs: new Map(), stalled: new Set<NodeId>() }
      for (const { link } of [a, b]) streams.set(link, stream)
      feed(to, { kind: 'opened', link: b.link, host: id })
      feed(id, { kind: 'opened', link: a.link, dialled: address, host: to })
    })
  }

  function carry(id: NodeId, link: LinkId, frame: Frame): void {
    const stream = streams.get(link)
    if (!stream?.isOpen) return
    const to = stream.a.link === link ? stream.b : stream.a
    if (network.cut(id, to.id)) stream.stalled.add(id)
    if (stream.stalled.has(id)) return
    const isHello = frame.kind === 'hello'
    if (faults && !isHello && fraction() < faults.loss) return
    // As it travels: nothing is shared between nodes.
    const text = JSON.stringify(frame)
    const arrive = (atMs: number): void =>
      queue.add(atMs, () => {
        if (network.cut(id, to.id)) stream.stalled.add(id)
        if (stream.isOpen && !stream.stalled.has(id))
          feed(to.id, { kind: 'frame', link: to.link, frame: JSON.parse(text) })
      })
    const atMs = Math.max(nowMs + latencyMs(fraction), stream.lastMs.get(id) ?? 0)
    stream.lastMs.set(id, atMs)
    const isLate = faults && !isHello && fraction() < faults.disorder
    arrive(isLate ? atMs + 200 * fraction() : atMs)
    if (faults && !isHello && fraction() < faults.repeat) arrive(atMs + 200 * fraction())
  }

  function hangUp(id: NodeId, link: LinkId): void {
    const stream = streams.get(link)
    if (!stream) return
    const to = stream.a.link === link ? stream.b : stream.a
    const isHeard = !network.cut(id, to.id) && !stream.stalled.has(id)
    queue.add(Math.max(nowMs + latencyMs(fraction), stream.lastMs.get(id) ?? 0), () => {
      if (!isHeard || !stream.isOpen) return
      stream.isOpen = false
      feed(to.id, { kind: 'closed', link: to.link })
    })
  }

  const network: MeshNetwork = {
    ids,
    nowMs: () => nowMs,
    state: (id) => states.get(id)!,
    map: held,
    write(id, name, delta) {
      join(id, name, delta)
      feed(id, { kind: 'wrote', map: name, delta })
    },
    input: feed,
    at: (atMs, action) => queue.add(atMs, action),
    runTo: (untilMs) => queue.runTo(untilMs, (atMs) => (nowMs = Math.max(nowMs, atMs))),
    cut: () => false,
    crash(id) {
      states.delete(id)
      for (const name of MAPS) maps.delete(`${id} ${name}`)
      for (const stream of new Set(streams.values()))
        if (stream.a.id === id || stream.b.id === id) for (const end of [stream.a, stream.b]) stream.stalled.add(end.id)
    },
    start(id) {
      const life = String(++lives)
      const own = Object.fromEntries(MAPS.map((name) => [name, { lifeMs }]))
      states.set(id, newMesh({ self: id, life, cluster: 'test', port: 1, maps: own }))
      feed(id, { kind: 'addresses', addresses: configured(id) })
    },
    onEffect: () => {},
  }
  for (const id of ids) queue.add(0, () => network.start(id))
  return network
}
