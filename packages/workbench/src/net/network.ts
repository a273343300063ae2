import { assert, type Random, type World } from '@waypost/kernel'
import type { Message } from '../node/program.ts'
import { createHeap, type Heap } from '../time/heap.ts'
import { NO_CUTS, type Cuts } from './cuts.ts'
import { createJournal, isClient, type JournalWriter, type Passage } from './journal.ts'
import { latencyMs, type Latency } from './latency.ts'

export interface NetworkOptions {
  readonly latency: Latency
  /** Shares of the messages between nodes and services, 0 to 1. */
  readonly loss: number
  readonly duplication: number
}

/** What a node reads: the message, and the network's own number of it. */
export interface Delivery extends Message {
  readonly id: number
}

export interface Network {
  readonly journal: JournalWriter
  send(message: Message): void
  /** Gives an id to somebody. Detached, they are unreachable for a while or for good, but known. */
  attach(id: string, receive: (delivery: Delivery) => void): Disposable
  setCuts(cuts: Cuts): void
  /** Whether anybody has, or had, this id. */
  knows(id: string): boolean
  /** Milliseconds since the network was made. */
  nowMs(): number
}

interface Queue {
  readonly waiting: Heap<Flight>
  /** Whether a message was taken and is waited for: a later one does not overtake it, as in Maelstrom. */
  isTaken: boolean
  receive: ((delivery: Delivery) => void) | undefined
}

interface Flight {
  readonly passage: Passage
  readonly deadlineMs: number
  readonly order: number
}

/**
 * Maelstrom's model: one queue per destination, ordered by when messages are due, from which one message is taken at a
 * time; a message is dropped if a cut lies across its way when it is taken. Clients are always at hand: their messages
 * take no time and are never lost.
 */
export function createNetwork(world: World, random: Random, options: NetworkOptions): Network {
  const journal = createJournal()
  const queues = new Map<string, Queue>()
  const startMs = world.clock.elapsed()
  let cuts = NO_CUTS
  let messages = 0
  let order = 0

  const nowMs = (): number => world.clock.elapsed() - startMs

  function queueOf(id: string): Queue {
    const queue = queues.get(id) ?? {
      waiting: createHeap<Flight>(
        (a, b) => a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.order < b.order),
      ),
      isTaken: false,
      receive: undefined,
    }
    queues.set(id, queue)
    return queue
  }

  function send(message: Message): void {
    const { src, dest } = message
    const passage = journal.sent(message, messages++, nowMs())
    const queue = queues.get(dest)
    if (!queue) return journal.lost(passage, 'nobody')
    const isNearby = isClient(src) || isClient(dest)
    if (!isNearby && random.fraction() < options.loss) return journal.lost(passage, 'lost')
    let copies = 1
    if (!isNearby && random.fraction() < options.duplication) {
      copies = 2
      journal.duplicatedOne()
    }
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = isNearby ? 0 : latencyMs(options.latency, random)
      queue.waiting.push({ passage, deadlineMs: nowMs() + delayMs, order: order++ })
    }
    take(dest, queue)
  }

  function take(id: string, queue: Queue): void {
    while (!queue.isTaken) {
      const flight = queue.waiting.pop()
      if (!flight) return
      if (cuts.get(id)?.has(flight.passage.message.src)) {
        journal.lost(flight.passage, 'cut')
        continue
      }
      queue.isTaken = true
      const waitMs = flight.deadlineMs - nowMs()
      if (waitMs <= 0) deliver(queue, flight)
      else void world.timers.sleep(waitMs).then(() => (deliver(queue, flight), take(id, queue)))
    }
  }

  function deliver(queue: Queue, { passage }: Flight): void {
    if (queue.receive) {
      journal.received(passage, nowMs())
      // What is sent while this runs waits in the queue until the loop in `take` goes on.
      queue.receive({ id: passage.id, ...passage.message })
    } else journal.lost(passage, 'down')
    queue.isTaken = false
  }

  return {
    journal,
    send,
    attach(id, receive) {
      const queue = queueOf(id)
      assert(!queue.receive, `nobody else is ${id}`)
      queue.receive = receive
      return { [Symbol.dispose]: () => void (queue.receive = undefined) }
    },
    knows: (id) => queues.has(id),
    setCuts: (next) => void (cuts = next),
    nowMs,
  }
}
