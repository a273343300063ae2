import { performance } from 'node:perf_hooks'
import type { World } from '@waypost/kernel'
import type { EventLog } from '#log/log.ts'
import type { Projector } from '#project/projector.ts'
import type { Tail } from '#serve/live/tail.ts'
import type { ThreadUsage } from '#verify/check-pool.ts'
import type { Events } from './events.ts'
import type { Ingesting } from './ingesting.ts'

/**
 * Brings up to date what is no event and only known when somebody asks: queues, lags, threads, whether the engine
 * answers. Never rejects: an engine that is away is one of the figures.
 */
export function figuresGatherer(parts: {
  readonly world: World
  readonly events: Events
  readonly eventLog: Pick<EventLog, 'head'>
  readonly ingesting: Pick<Ingesting, 'fares' | 'unsynchronized'>
  /** Absent in a process that has no read model. */
  readonly projector?: Pick<Projector, 'position'>
  readonly tail?: Pick<Tail, 'stalled'>
}): () => Promise<void> {
  const { world, events, eventLog, ingesting, projector, tail } = parts

  async function lag(): Promise<number | undefined> {
    const start = world.clock.elapsed()
    try {
      const head = await eventLog.head()
      events.engineAsked(world.clock.elapsed() - start)
      return projector && head - projector.position()
    } catch {
      events.engineAsked(undefined)
      return undefined
    }
  }

  return async () => {
    const behind = await lag()
    if (behind !== undefined) events.lagging(behind)
    const { hosts, waiting, threads } = ingesting.fares() ?? ELSEWHERE
    events.unsynchronized(ingesting.unsynchronized())
    events.hostsHeard(hosts)
    events.waiting({
      wire: hosts.reduce((sum, host) => sum + host.waiting, 0),
      ...waiting,
      ...(behind !== undefined && { project: behind }),
      ...(tail && { live: tail.stalled }),
    })
    const usage = new Map<string, ThreadUsage>([
      ['main', { busyMs: performance.eventLoopUtilization().active, queued: 0 }],
    ])
    for (const [index, thread] of threads.entries()) usage.set(`check-${index + 1}`, thread)
    events.threads(usage)
  }
}

const ELSEWHERE = { hosts: [], waiting: { verify: 0, log: 0 }, threads: [] }
