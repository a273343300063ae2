import type { NodeId } from '../machine.ts'

/** Whose values: a node in one of its lives. Values of a source are numbered from 1. */
export type SourceName = string

/** What is held of one source. Numbers up to `stable` are forgotten, up to `frontier` they are here without a gap. */
export interface Source {
  readonly name: SourceName
  stable: number
  frontier: number
  /** The values of `stable` + 1 up to `frontier`. */
  values: unknown[]
  /** Values beyond a gap, by number. */
  readonly early: Map<number, unknown>
}

/** Beyond this many values after a gap the rest is dropped; it comes again with what fills the gap. */
const EARLY_VALUES_MAX = 4_096

/** A node that restarts without its memory numbers anew, so it needs another name for what it says. */
export function sourceName(node: NodeId, life: number): SourceName {
  return life === 0 ? node : `${node}#${life}`
}

export function newSource(name: SourceName): Source {
  return { name, stable: 0, frontier: 0, values: [], early: new Map() }
}

export function append(source: Source, value: unknown): void {
  source.values.push(value)
  source.frontier++
}

/** Takes values in that are numbered from `first` on; returns those that are new here. */
export function receive(source: Source, first: number, values: readonly unknown[]): unknown[] {
  const fresh: unknown[] = []
  for (const [offset, value] of values.entries()) {
    const number = first + offset
    if (number <= source.frontier || source.early.has(number)) continue
    if (number === source.frontier + 1) append(source, value)
    else if (source.early.size < EARLY_VALUES_MAX) source.early.set(number, value)
    else continue
    fresh.push(value)
    closeGap(source)
  }
  return fresh
}

/** The values numbered above `after`, up to the frontier, with the number of the first; nothing if there are none. */
export function valuesAfter(source: Source, after: number): { first: number; values: unknown[] } | undefined {
  const from = Math.max(after, source.stable)
  if (from >= source.frontier) return undefined
  return { first: from + 1, values: source.values.slice(from - source.stable) }
}

/**
 * Everybody has everything up to `number`: it need not be kept. Somebody who joined after that was said has not had it
 * and never will from here; their frontier begins there.
 */
export function forget(source: Source, number: number): void {
  if (number <= source.stable) return
  source.values = source.values.slice(number - source.stable)
  source.stable = number
  if (source.frontier < number) {
    source.frontier = number
    for (const early of source.early.keys()) if (early <= number) source.early.delete(early)
    closeGap(source)
  }
}

function closeGap(source: Source): void {
  for (let next = source.frontier + 1; source.early.has(next); next = source.frontier + 1) {
    append(source, source.early.get(next))
    source.early.delete(next)
  }
}
