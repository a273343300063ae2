import type { HrTime } from '@opentelemetry/api'
import type { DataPoint, MetricData } from '@opentelemetry/sdk-metrics'
import type { Registry } from 'prom-client'
import type { Value } from './figures.ts'

/* The figures of the registry as OTLP has them: the same names and labels as at `/metrics`, cumulative since the start. */

const CUMULATIVE = 1
const DOUBLE = 1
const [HISTOGRAM, GAUGE, SUM] = [0, 2, 3]

export async function toOtlpMetrics(
  registry: Registry,
  { startMs, nowMs }: { readonly startMs: number; readonly nowMs: number },
): Promise<MetricData[]> {
  const all = (await registry.getMetricsAsJSON()) as unknown as readonly {
    readonly name: string
    readonly help: string
    readonly type: string
    readonly values: readonly Value[]
  }[]
  const time = { startTime: hrTime(startMs), endTime: hrTime(nowMs) }
  return all.flatMap(({ name, help, type, values }) => {
    const descriptor = { name, description: help, unit: name.endsWith('_seconds') ? 's' : '', valueType: DOUBLE }
    const base = { descriptor, aggregationTemporality: CUMULATIVE }
    const points = values.map(({ labels, value }) => ({ ...time, attributes: { ...labels }, value }))
    if (type === 'histogram')
      return { ...base, dataPointType: HISTOGRAM, dataPoints: histogramPoints(name, values, time) } as MetricData
    if (type === 'counter') return { ...base, dataPointType: SUM, isMonotonic: true, dataPoints: points } as MetricData
    return type === 'gauge' ? ({ ...base, dataPointType: GAUGE, dataPoints: points } as MetricData) : []
  })
}

type HistogramPoint = DataPoint<Extract<MetricData, { dataPointType: 0 }>['dataPoints'][number]['value']>

/** Prometheus counts what is below each bound, OTLP what is between two. */
function histogramPoints(
  name: string,
  values: readonly Value[],
  time: { readonly startTime: HrTime; readonly endTime: HrTime },
): HistogramPoint[] {
  const points = new Map<string, { labels: Value['labels']; below: [number, number][]; sum: number; count: number }>()
  for (const { labels: all, value, metricName } of values) {
    const { le, ...labels } = all
    const key = JSON.stringify(labels)
    const point = points.get(key) ?? { labels, below: [], sum: 0, count: 0 }
    points.set(key, point)
    if (metricName === `${name}_sum`) point.sum = value
    else if (metricName === `${name}_count`) point.count = value
    else if (le !== '+Inf') point.below.push([Number(le), value])
  }
  return [...points.values()].map(({ labels, below, sum, count }) => {
    const bounds = below.toSorted((a, b) => a[0] - b[0])
    const counts = [...bounds.map(([, value]) => value), count]
    return {
      ...time,
      attributes: { ...labels },
      value: {
        buckets: {
          boundaries: bounds.map(([bound]) => bound),
          counts: counts.map((value, index) => value - (counts[index - 1] ?? 0)),
        },
        sum,
        count,
      },
    }
  })
}

/** Seconds since 1970, and nanoseconds. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)]
}
