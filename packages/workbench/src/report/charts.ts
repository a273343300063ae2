import type { FaultWindow } from '../nemesis/nemesis.ts'
import { escaped } from './escape.ts'
import type { Bucket } from './series.ts'

const WIDTH = 960
const HEIGHT = 190
const EDGE = { left: 56, right: 12, top: 10, bottom: 26 } as const
const LEAST_MS = 0.1

interface Scale {
  readonly x: (ms: number) => number
  readonly endMs: number
}

function scaleOf(buckets: readonly Bucket[]): Scale {
  const endMs = Math.max(1, buckets.at(-1)?.toMs ?? 1)
  return { endMs, x: (ms) => EDGE.left + (Math.min(ms, endMs) / endMs) * (WIDTH - EDGE.left - EDGE.right) }
}

const bottom = HEIGHT - EDGE.bottom
const round = (value: number): number => Math.round(value * 10) / 10

/** Operations per second, by how they ended, with the times of the faults behind them. */
export function throughputChart(buckets: readonly Bucket[], windows: readonly FaultWindow[]): string {
  const scale = scaleOf(buckets)
  const perSecond = ({ fromMs, toMs }: Bucket, count: number): number => (count * 1_000) / (toMs - fromMs)
  const most = Math.max(1, ...buckets.map((bucket) => perSecond(bucket, bucket.ok + bucket.fail + bucket.info)))
  const height = (rate: number): number => (rate / most) * (bottom - EDGE.top)
  const bars = buckets.flatMap((bucket) => {
    let y = bottom
    return (['ok', 'fail', 'info'] as const).map((type) => {
      const tall = height(perSecond(bucket, bucket[type]))
      y -= tall
      const x = scale.x(bucket.fromMs)
      return tall === 0
        ? ''
        : `<rect class="${type}" x="${round(x)}" y="${round(y)}" width="${round(scale.x(bucket.toMs) - x - 0.5)}" height="${round(tall)}"/>`
    })
  })
  const ticks = [0, most / 2, most].map((rate) => tick(bottom - height(rate), rate.toFixed(rate < 10 ? 1 : 0)))
  return chart('Operations per second', [...shades(windows, scale), ...ticks, ...bars, ...timeTicks(scale)])
}

/** How long operations that succeeded took: the median, and what 95 and 99 in a hundred did not exceed. On a logarithmic scale. */
export function latencyChart(buckets: readonly Bucket[], windows: readonly FaultWindow[]): string {
  const scale = scaleOf(buckets)
  const most = Math.max(10, ...buckets.map(({ p99 }) => p99 ?? 0))
  const decades = Math.ceil(Math.log10(most / LEAST_MS))
  const y = (ms: number): number =>
    bottom - (Math.log10(Math.max(LEAST_MS, ms) / LEAST_MS) / decades) * (bottom - EDGE.top)
  const line = (name: 'p50' | 'p95' | 'p99'): string => {
    const points = buckets.map((bucket) => {
      const ms = bucket[name]
      return ms === undefined ? ';' : `${round(scale.x((bucket.fromMs + bucket.toMs) / 2))},${round(y(ms))}`
    })
    // Where nothing succeeded there is no latency, and no line.
    const stretches = points
      .join(' ')
      .split(';')
      .map((stretch) => stretch.trim())
    return stretches
      .map((stretch) => (stretch === '' ? '' : `<polyline class="${name}" points="${stretch}"/>`))
      .join('')
  }
  const ticks = Array.from({ length: decades + 1 }, (_, decade) => {
    const ms = LEAST_MS * 10 ** decade
    return tick(y(ms), ms >= 1_000 ? `${ms / 1_000} s` : `${round(ms)} ms`)
  })
  return chart('Latency of operations over time', [
    ...shades(windows, scale),
    ...ticks,
    line('p99'),
    line('p95'),
    line('p50'),
    ...timeTicks(scale),
  ])
}

function chart(title: string, parts: readonly string[]): string {
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${parts.join('')}</svg>`
}

function shades(windows: readonly FaultWindow[], { x, endMs }: Scale): readonly string[] {
  return windows.map(({ name, startMs, endMs: until, words }) => {
    const [from, to] = [x(startMs), x(Math.min(until, endMs))]
    return `<rect class="fault ${name}" x="${round(from)}" y="${EDGE.top}" width="${round(Math.max(1, to - from))}" height="${bottom - EDGE.top}"><title>${escaped(`${name}: ${words}`)}</title></rect>`
  })
}

function tick(y: number, label: string): string {
  return `<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${round(y)}" y2="${round(y)}"/><text class="label" x="${EDGE.left - 6}" y="${round(y + 3.5)}" text-anchor="end">${label}</text>`
}

const TIME_TICKS = 8

function timeTicks({ x, endMs }: Scale): readonly string[] {
  return Array.from({ length: TIME_TICKS + 1 }, (_, at) => {
    const ms = (endMs * at) / TIME_TICKS
    const anchor = at === TIME_TICKS ? 'end' : at === 0 ? 'start' : 'middle'
    return `<text class="label" x="${round(x(ms))}" y="${HEIGHT - 8}" text-anchor="${anchor}">${round(ms / 1_000)} s</text>`
  })
}
