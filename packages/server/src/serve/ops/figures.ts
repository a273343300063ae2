import type { Registry } from 'prom-client'

/** What the metrics stood at, at one moment: the page shows what Prometheus would see, and nothing else is counted for it. */
export interface Figures {
  /** By the process's own clock, which never steps back. */
  readonly atMs: number
  readonly metrics: ReadonlyMap<string, readonly Value[]>
}

export interface Value {
  readonly value: number
  readonly labels: Readonly<Record<string, string | number | undefined>>
  /** Of a histogram: `NAME_bucket`, `NAME_sum` or `NAME_count`. */
  readonly metricName?: string
}

export type Labels = Readonly<Record<string, string>>

export async function readFigures(registry: Registry, names: readonly string[], atMs: number): Promise<Figures> {
  const metrics = new Map<string, readonly Value[]>()
  for (const name of names) {
    const read = (await registry.getSingleMetric(name)?.get()) as { readonly values: readonly Value[] } | undefined
    // What a metric answers may be its own, and change.
    if (read)
      metrics.set(
        name,
        read.values.map((value) => ({ ...value })),
      )
  }
  return { atMs, metrics }
}

/** Of a counter or gauge: the sum of those with these labels. Absent ones are 0. */
export function total({ metrics }: Figures, name: string, labels: Labels = {}): number {
  const matching = (metrics.get(name) ?? []).filter((each) => matches(each, labels))
  return matching.reduce((sum, { value }) => sum + value, 0)
}

/** How much a counter rose, a second; 0 where no time went by, or the process began anew. */
export function rate(name: string, span: Span, labels: Labels = {}): number {
  const seconds = (span.to.atMs - span.from.atMs) / 1_000
  return seconds <= 0 ? 0 : Math.max(0, total(span.to, name, labels) - total(span.from, name, labels)) / seconds
}

export interface Span {
  readonly from: Figures
  readonly to: Figures
}

/** The same for each value of a label alone, so that what is asked of one of many looks at no other. */
export function splitBy({ atMs, metrics }: Figures, label: string): ReadonlyMap<string, Figures> {
  const split = new Map<string, { readonly atMs: number; readonly metrics: Map<string, Value[]> }>()
  for (const [name, values] of metrics) {
    for (const value of values) {
      const key = String(value.labels[label] ?? '')
      let part = split.get(key)
      if (!part) split.set(key, (part = { atMs, metrics: new Map() }))
      const held = part.metrics.get(name)
      if (held) held.push(value)
      else part.metrics.set(name, [value])
    }
  }
  return split
}

/** By the values of one label. */
export function byLabel(figures: Figures, name: string, label: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const { labels, value } of figures.metrics.get(name) ?? []) {
    const key = String(labels[label] ?? '')
    sums.set(key, (sums.get(key) ?? 0) + value)
  }
  return sums
}

/**
 * The quantile of what a histogram counted in the span: a line within the bucket, as Prometheus draws it. Past the last
 * bound that bound is the answer. Undefined where nothing was counted.
 */
export function quantile(name: string, span: Span, q: number, labels: Labels = {}): number | undefined {
  const counts = (figures: Figures): Map<number, number> => {
    const found = new Map<number, number>()
    for (const each of figures.metrics.get(name) ?? []) {
      if (each.metricName !== `${name}_bucket` || !matches(each, labels)) continue
      const bound = each.labels.le === '+Inf' ? Infinity : Number(each.labels.le)
      found.set(bound, (found.get(bound) ?? 0) + each.value)
    }
    return found
  }
  const [before, after] = [counts(span.from), counts(span.to)]
  const bounds = [...after.keys()].toSorted((a, b) => a - b)
  const rose = bounds.map((bound) => after.get(bound)! - (before.get(bound) ?? 0))
  const all = rose.at(-1) ?? 0
  if (all <= 0) return undefined
  const at = bounds.findIndex((_, index) => rose[index]! >= q * all)
  if (bounds[at] === Infinity) return bounds[at - 1]
  const [low, below] = at === 0 ? [0, 0] : [bounds[at - 1]!, rose[at - 1]!]
  const inBucket = rose[at]! - below
  return inBucket === 0 ? bounds[at]! : low + (bounds[at]! - low) * ((q * all - below) / inBucket)
}

function matches({ labels }: Value, wanted: Labels): boolean {
  return Object.entries(wanted).every(([label, value]) => String(labels[label]) === value)
}
