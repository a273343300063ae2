import { Agent, get } from 'node:http'

export interface Reading {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
}

/** So many readers, each with one question at a time and a rest after it, until they are told that it is over. */
export async function read(options: {
  readonly url: string
  readonly next: () => string
  readonly readers: number
  readonly isOver: () => boolean
  readonly restMs?: number
}): Promise<Reading> {
  const { url, next, readers, isOver, restMs = 0 } = options
  const agent = new Agent({ keepAlive: true, maxSockets: readers })
  const latencies: number[] = []
  let failed = 0
  const began = performance.now()
  async function work(): Promise<void> {
    while (!isOver()) {
      const from = performance.now()
      if ((await statusOf(url + next(), agent)) === 200) latencies.push(performance.now() - from)
      else failed++
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    }
  }
  await Promise.all(Array.from({ length: readers }, work))
  agent.destroy()
  const sorted = latencies.toSorted((a, b) => a - b)
  return {
    perSecond: (latencies.length / (performance.now() - began)) * 1_000,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    failed,
  }
}

function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', () => resolve(0))
    })
    request.once('error', () => resolve(0))
  })
}

/** Over after so long. */
export function after(forMs: number): () => boolean {
  const end = performance.now() + forMs
  return () => performance.now() >= end
}
