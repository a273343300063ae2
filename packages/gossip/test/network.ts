import { seededRandom } from '@waypost/kernel/sim'
import type { Input, NodeId, Step } from '../src/machine.ts'

/** Nodes of one kind in virtual time: everything that happens follows from the seed. */
export interface Network<State, Command, Event> {
  readonly ids: readonly NodeId[]
  nowMs(): number
  fraction(): number
  state(id: NodeId): State
  /** Called with what a node's machine tells its owner. */
  onEvent: (id: NodeId, event: Event) => void
  command(id: NodeId, command: Command): void
  at(atMs: number, action: () => void): void
  /** Runs everything up to that time. */
  runTo(untilMs: number): void
  /** Whether a message that is due is lost. */
  cut: (from: NodeId, to: NodeId) => boolean
  /** From now on the node hears and says nothing. */
  crash(id: NodeId): void
  /** It is back, with this memory. */
  start(id: NodeId, state: State): void
  /** Messages sent, lost ones too. */
  sent(): number
}

export interface NetworkOptions<State> {
  readonly ids: readonly NodeId[]
  readonly seed: number
  readonly initial: (id: NodeId) => State
  /** One way, in milliseconds. */
  readonly latencyMs: (fraction: () => number, from: NodeId, to: NodeId) => number
  /** Fraction of messages that get lost. */
  readonly loss?: number
}

interface Due {
  readonly atMs: number
  readonly run: () => void
}

export function createNetwork<State, Command, Message, Event>(
  step: Step<State, Command, Message, Event>,
  options: NetworkOptions<State>,
): Network<State, Command, Event> {
  const { ids, latencyMs, loss = 0 } = options
  const { fraction } = seededRandom(options.seed)
  const states = new Map(ids.map((id) => [id, options.initial(id)]))
  const wakes = new Map<NodeId, number>()
  const queue = createQueue()
  let nowMs = 0
  let sent = 0

  function feed(id: NodeId, input: Input<Command, Message>): void {
    const state = states.get(id)
    if (!state) return
    const { sends, events, wakeAtMs } = step(state, input, { nowMs, fraction })
    for (const event of events) network.onEvent(id, event)
    for (const { to, message } of sends) {
      sent++
      if (fraction() < loss) continue
      queue.add(nowMs + latencyMs(fraction, id, to), () => {
        if (!network.cut(id, to)) feed(to, { kind: 'message', from: id, message })
      })
    }
    wakes.set(id, wakeAtMs)
    if (wakeAtMs < Infinity) {
      queue.add(Math.max(wakeAtMs, nowMs), () => {
        if (wakes.get(id) === wakeAtMs) feed(id, { kind: 'tick' })
      })
    }
  }

  const network: Network<State, Command, Event> = {
    ids,
    nowMs: () => nowMs,
    fraction,
    state: (id) => states.get(id)!,
    onEvent: () => {},
    command: (id, command) => feed(id, { kind: 'command', command }),
    at: (atMs, action) => queue.add(atMs, action),
    runTo: (untilMs) => queue.runTo(untilMs, (atMs) => (nowMs = Math.max(nowMs, atMs))),
    cut: () => false,
    crash: (id) => void states.delete(id),
    start(id, state) {
      states.set(id, state)
      feed(id, { kind: 'tick' })
    },
    sent: () => sent,
  }
  for (const id of ids) queue.add(0, () => feed(id, { kind: 'tick' }))
  return network
}

/** By time, then in the order in which things were added. */
export function createQueue(): {
  add(atMs: number, run: () => void): void
  /** All that is due by then, also what is added meanwhile; `passTo` moves the clock. */
  runTo(untilMs: number, passTo: (atMs: number) => void): void
} {
  /** The next is the last. */
  const waiting: Due[] = []
  return {
    add(atMs, run) {
      let low = 0
      for (let high = waiting.length; low < high;) {
        const middle = (low + high) >> 1
        if (waiting[middle]!.atMs > atMs) low = middle + 1
        else high = middle
      }
      waiting.splice(low, 0, { atMs, run })
    },
    runTo(untilMs, passTo) {
      while ((waiting.at(-1)?.atMs ?? Infinity) <= untilMs) {
        const due = waiting.pop()!
        passTo(due.atMs)
        due.run()
      }
      passTo(untilMs)
    },
  }
}
