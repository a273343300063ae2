import type { KeyValue } from '@waypost/engine'
import { OwnFault, type Did, type World } from '@waypost/kernel'

/**
 * What processes that follow no hosts ask of the one that does, by a key of the key-value store.
 * In: orders, from any process. Out: each of them, to the one that carries them out. Promise: an order that was placed
 * is there until it was carried out from its beginning; it may be carried out twice.
 */
export interface Orders {
  /** The order is durable when it resolves. False: too many wait already. */
  place(order: Order): Promise<boolean>
  /** Hands out what is placed until the signal aborts. What rejects is handed out again. */
  follow(carryOut: (order: Order) => Promise<void>, signal: AbortSignal): Promise<void>
}

export type Order =
  /** Somebody has signed in: their repository is to be fetched and followed. */
  | { readonly kind: 'track'; readonly did: Did }
  /** A PDS is to be followed, by its origin. */
  | { readonly kind: 'follow'; readonly host: string }

interface Placed {
  readonly order: Order
  /** The revision that it was written over: no other placing has it, also of an equal order. */
  readonly over: number
}

const KEY = 'ingest/orders'
/** At some 60 bytes each they are less than a message holds. Whoever comes later is met at their next check-in. */
const ORDERS_MAX = 2_000
const LOOK_MS = 500
/** An order that could not be carried out is left alone for so long. */
const AGAIN_MS = 10_000

export function createOrders(world: World, keyValue: KeyValue): Orders {
  async function read(): Promise<{ readonly placed: readonly Placed[]; readonly revision: number }> {
    const held = await keyValue.get(KEY)
    if (held === undefined) return { placed: [], revision: 0 }
    const rows = JSON.parse(Buffer.from(held.value).toString()) as (Order & { readonly over?: number })[]
    return { placed: rows.map(({ over = 0, ...order }) => ({ order, over })), revision: held.revision }
  }

  /** Whether what `change` made of the orders is what is there now. */
  async function write(
    change: (placed: readonly Placed[], revision: number) => readonly Placed[] | 'full',
  ): Promise<boolean> {
    for (;;) {
      const { placed, revision } = await read()
      const changed = change(placed, revision)
      if (changed === 'full') return false
      const value = Buffer.from(JSON.stringify(changed.map(({ order, over }) => ({ ...order, over }))))
      if ((await keyValue.compareAndSet(KEY, value, { revision })).ok) return true
    }
  }

  return {
    place: (order) =>
      write((placed, over) => {
        // Whoever carries an equal one out may have begun before: this one is another.
        const others = placed.filter((other) => !isSame(other.order, order))
        return others.length >= ORDERS_MAX ? 'full' : [...others, { order, over }]
      }),
    async follow(carryOut, signal) {
      const underWay = new Map<string, Promise<void>>()

      async function begin({ order, over }: Placed): Promise<void> {
        try {
          await carryOut(order)
          // Who was told to end meanwhile may have left it half done, and told nobody: whoever follows does it again.
          if (signal.aborted) return
          await write((placed) => placed.filter((other) => other.over !== over || !isSame(other.order, order)))
        } catch (fault) {
          if (fault instanceof OwnFault) throw fault
          await world.timers.sleep(AGAIN_MS, signal)
        }
        underWay.delete(nameOf(order))
      }

      while (!signal.aborted) {
        // Where the engine is away the next look is as good.
        const { placed } = await read().catch(() => ({ placed: [] }))
        for (const one of placed) if (!underWay.has(nameOf(one.order))) underWay.set(nameOf(one.order), begin(one))
        const rest = world.timers.sleep(LOOK_MS, signal)
        // A fault of our own ends this; everything else is over sooner or later.
        await Promise.race([rest, ...[...underWay.values()].map((work) => work.then(() => rest))])
      }
    },
  }
}

function nameOf(order: Order): string {
  return order.kind === 'track' ? order.did : order.host
}

function isSame(a: Order, b: Order): boolean {
  return a.kind === b.kind && nameOf(a) === nameOf(b)
}
