/** What a server says at `/metrics`: each series by its name with its labels, as it stands there. */
export type Metrics = ReadonlyMap<string, number>

export function parseMetrics(text: string): Metrics {
  const metrics = new Map<string, number>()
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ')
    if (at > 0 && !line.startsWith('#')) metrics.set(line.slice(0, at), Number(line.slice(at + 1)))
  }
  return metrics
}

/** Undefined where it does not answer in time. */
export async function readMetrics(server: string, withinMs: number): Promise<Metrics | undefined> {
  try {
    const answer = await fetch(`${server}/metrics`, { signal: AbortSignal.timeout(withinMs) })
    return answer.ok ? parseMetrics(await answer.text()) : undefined
  } catch {
    return undefined
  }
}

/** Of the series of a metric that have this label, or of all. */
export function sumOf(metrics: Metrics, name: string, label = ''): number {
  let sum = 0
  for (const [series, value] of metrics) {
    if (series.startsWith(name) && /^(?:\{|$)/.test(series.slice(name.length)) && series.includes(label)) sum += value
  }
  return sum
}
