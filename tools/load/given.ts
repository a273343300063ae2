import { ratesAt } from '../../packages/load/src/open-loop/model.ts'
import { FORMAT, type Capacity } from './capacity.ts'
import { brokenBy } from './promise.ts'
import type { Step } from './step.ts'

/** A step as tests need one: at so many questions a second, with such a p99. */
export function stepAt(readsPerSecond: number, p99: number, usage: Partial<Step['usage']> = {}): Step {
  const latencies = { count: 1_000, mean: p99 / 4, p50: p99 / 5, p90: p99 / 2, p99, p999: p99 * 2, max: p99 * 3 }
  const step: Omit<Step, 'broken'> = {
    rates: ratesAt(readsPerSecond),
    atS: readsPerSecond,
    measuredS: 20,
    reads: latencies,
    freshness: { ...latencies, p99: p99 / 2 },
    byQuestion: { timeline: latencies },
    answeredPerSecond: readsPerSecond,
    faults: [],
    failed: 0,
    missing: 0,
    lost: 0,
    faultShare: 0,
    lateness: { ...latencies, p99: 1 },
    followers: 10,
    usage: {
      serverCores: readsPerSecond / 1_000,
      loadCores: 0.2,
      othersCores: 0,
      threads: { main: readsPerSecond / 1_000, 'check-1': 0.01 },
      logBusy: 0.02,
      rssMb: 500,
      lagMax: 2,
      writtenMbPerSecond: 1,
      egressMbPerSecond: 10,
      folderMb: 200,
      ...usage,
    },
  }
  return { ...step, broken: brokenBy(step) }
}

/** A machine whose knee is at 800 questions a second. */
export function capacityGiven(): Capacity {
  return {
    version: FORMAT,
    takenAt: '2026-06-01T12:00:00.000Z',
    machine: { cores: 2, cpu: 'A <fast> CPU', memoryMb: 24_576, node: '24.21.0', system: 'linux x64' },
    shares: { server: [0], load: [1], isPinned: true },
    about: '1000 people, 30000 made up check-ins before the first step',
    warmUpS: 6,
    measuredS: 20,
    knee: { holdsAt: 800, breaksAt: 900, measurements: 4, because: 'found' },
    steps: [stepAt(500, 20), stepAt(800, 100), stepAt(900, 400), stepAt(900, 450)],
    profile: {
      step: stepAt(800, 110),
      stages: [
        { place: 'query', share: 0.5, cores: 0.4 },
        { place: 'serve', share: 0.3, cores: 0.24 },
        { place: 'garbage', share: 0.1, cores: 0.08 },
        { place: 'project', share: 0.1, cores: 0.08 },
      ],
      flame: [
        { name: 'all', place: undefined, from: 0, share: 1, depth: 0 },
        { name: 'getGlobal server/src/query/feed.ts', place: 'query', from: 0, share: 0.5, depth: 1 },
      ],
    },
  }
}
