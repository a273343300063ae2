import { isDeepStrictEqual } from 'node:util'
import { keyOf } from '../services/key-value.ts'

/** A call on a register: `from` is what it must hold, `to` what it holds then. Times are any integers in order. */
export interface RegisterCall {
  readonly f: 'read' | 'write' | 'cas'
  readonly from?: unknown
  readonly to?: unknown
  readonly calledAt: number
  /** Missing where nobody knows whether it happened: it may at any later time, or never. */
  readonly returnedAt: number | undefined
}

export type Linearization<C> =
  | { readonly linearizable: true }
  | { readonly linearizable: 'unknown' }
  | {
      readonly linearizable: false
      /** The first call that no order explains. */
      readonly stuck: C
      /** What the register can have held before; `undefined` is nothing. */
      readonly possible: readonly unknown[]
    }

/** Configurations looked at for one register, which takes some seconds. Beyond it nobody knows. */
const CONFIGURATIONS_MAX = 300_000

/** One way in which things may have gone so far. */
interface Configuration {
  readonly value: unknown
  /** Calls under way that have had their effect, as bits of their slots. */
  readonly taken: bigint
  /** Of each kind of call that never returned, by its number, how many were used. */
  readonly used: readonly number[]
}

/** Calls that never returned and would do the same: which of them happened makes no difference. */
interface Loose<C> {
  readonly call: C
  readonly number: number
  count: number
}

/**
 * Gavin Lowe's just-in-time linearization ("Testing for Linearizability", 2017), with memory: the history is read once, and all
 * ways in which it may have gone are kept. When a call returns it must have had its effect, so each way is continued by calls
 * under way until that one is among them. Ways that differ only in having used up more calls of unknown fate are dropped.
 */
export function linearize<C extends RegisterCall>(calls: readonly C[], max = CONFIGURATIONS_MAX): Linearization<C> {
  const search = new Search<C>(max)
  for (const { call, isReturn } of eventsOf(calls)) {
    if (!isReturn) {
      search.call(call)
      continue
    }
    const before = search.values()
    const outcome = search.return(call)
    if (outcome === 'exhausted') return { linearizable: 'unknown' }
    if (outcome === 'stuck') return { linearizable: false, stuck: call, possible: before }
  }
  return { linearizable: true }
}

function eventsOf<C extends RegisterCall>(calls: readonly C[]): readonly { call: C; isReturn: boolean }[] {
  return calls
    .flatMap((call) => [
      { call, isReturn: false, at: call.calledAt },
      ...(call.returnedAt === undefined ? [] : [{ call, isReturn: true, at: call.returnedAt }]),
    ])
    .toSorted((a, b) => a.at - b.at)
}

class Search<C extends RegisterCall> {
  readonly #max: number
  readonly #slots = new Map<number, C>()
  readonly #loose = new Map<string, Loose<C>>()
  #configurations: readonly Configuration[] = [{ value: undefined, taken: 0n, used: [] }]
  #looked = 0

  constructor(max: number) {
    this.#max = max
  }

  call(call: C): void {
    if (call.returnedAt !== undefined) {
      let slot = 0
      while (this.#slots.has(slot)) slot++
      this.#slots.set(slot, call)
      return
    }
    if (call.f === 'read') return
    const kind = keyOf([call.f, call.from ?? null, call.to])
    const loose = this.#loose.get(kind) ?? { call, number: this.#loose.size, count: 0 }
    loose.count++
    this.#loose.set(kind, loose)
  }

  return(call: C): 'fine' | 'stuck' | 'exhausted' {
    const [slot] = [...this.#slots].find(([, pending]) => pending === call)!
    const bit = 1n << BigInt(slot)
    const seen = new Set<string>()
    const found: Configuration[] = []
    const open = [...this.#configurations]
    for (let next = open.pop(); next; next = open.pop()) {
      if ((next.taken & bit) !== 0n) {
        found.push({ ...next, taken: next.taken & ~bit })
        continue
      }
      if (++this.#looked > this.#max) return 'exhausted'
      for (const step of this.#stepsFrom(next)) {
        const key = textOf(step)
        if (seen.has(key)) continue
        seen.add(key)
        open.push(step)
      }
    }
    this.#slots.delete(slot)
    this.#configurations = leastUsed(found)
    return found.length === 0 ? 'stuck' : 'fine'
  }

  /** What the register may hold now, whatever of the calls under way has happened. */
  values(): readonly unknown[] {
    return [...new Map(this.#configurations.map(({ value }) => [keyOf(value ?? null), value])).values()]
  }

  *#stepsFrom({ value, taken, used }: Configuration): Iterable<Configuration> {
    for (const [slot, call] of this.#slots) {
      const bit = 1n << BigInt(slot)
      if ((taken & bit) === 0n && isPossible(call, value))
        yield { value: valueAfter(call, value), taken: taken | bit, used }
    }
    for (const { call, number, count } of this.#loose.values()) {
      const usedOfKind = used[number] ?? 0
      const after = valueAfter(call, value)
      if (usedOfKind >= count || !isPossible(call, value) || isDeepStrictEqual(after, value)) continue
      // Unless the next step needs it, it may as well come later.
      if (this.#isWanted(after, taken)) yield { value: after, taken, used: withOneMore(used, number) }
    }
  }

  #isWanted(value: unknown, taken: bigint): boolean {
    const wants = ({ f, from }: RegisterCall): boolean => f !== 'write' && isDeepStrictEqual(from, value)
    for (const [slot, call] of this.#slots) if ((taken & (1n << BigInt(slot))) === 0n && wants(call)) return true
    for (const { call } of this.#loose.values()) if (wants(call)) return true
    return false
  }
}

function isPossible({ f, from }: RegisterCall, value: unknown): boolean {
  return f === 'write' || isDeepStrictEqual(from, value)
}

function valueAfter({ f, to }: RegisterCall, value: unknown): unknown {
  return f === 'read' ? value : to
}

function withOneMore(used: readonly number[], number: number): readonly number[] {
  const more = [...used]
  while (more.length <= number) more.push(0)
  more[number]!++
  return more
}

function textOf({ value, taken, used }: Configuration): string {
  return `${keyOf(value ?? null)} ${taken} ${used.join()}`
}

/** Of ways that are alike otherwise, those that have used no more than another one. */
function leastUsed(configurations: readonly Configuration[]): readonly Configuration[] {
  const alike = Map.groupBy(configurations, ({ value, taken }) => `${keyOf(value ?? null)} ${taken}`)
  return [...alike.values()].flatMap((group) => {
    const total = new Map(group.map((one) => [one, one.used.reduce((sum, count) => sum + count, 0)]))
    const kept: Configuration[] = []
    // Whoever uses no more than another has used no more in all, so is looked at before.
    for (const one of group.toSorted((a, b) => total.get(a)! - total.get(b)!)) {
      if (!kept.some((other) => usesNoMore(other.used, one.used))) kept.push(one)
    }
    return kept
  })
}

function usesNoMore(a: readonly number[], b: readonly number[]): boolean {
  for (let kind = 0; kind < a.length; kind++) if (a[kind]! > (b[kind] ?? 0)) return false
  return true
}
