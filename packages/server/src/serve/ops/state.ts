import type { LoggedFault } from '@waypost/kernel'
import type { BudgetReport } from '#serve/budget/guard.ts'
import type { EndpointState, OpsState, RefusalState } from '@waypost/lexicon/ops-state'
import type { HostStatus } from '#log/ingest-port.ts'
import type { ReplicaState } from '#serve/links/replicas.ts'
import { budgetState } from './budget-state.ts'
import { byLabel, quantile, rate, splitBy, total, type Span } from './figures.ts'
import type { Objective } from './objective.ts'
import { STAGES, stageRate, type Pulse } from './pulse.ts'
import type { RefusalSample, RefusalSamples } from './refusal-samples.ts'
import type { SlowAnswers } from './slow-answers.ts'

export interface StateParts {
  readonly now: () => number
  readonly startedMs: number
  readonly version: string
  readonly role: string
  readonly pulse: Pulse
  readonly objective: Objective
  readonly refusals: RefusalSamples
  readonly slow: SlowAnswers
  readonly replicas: () => readonly ReplicaState[]
  /** Undefined where another process follows the hosts. */
  readonly hosts: () => readonly HostStatus[] | undefined
  readonly unsynchronized: () => { readonly 'in-progress': number; readonly desynchronized: number }
  readonly people: () => number
  readonly faults: () => readonly LoggedFault[]
  readonly budget: () => BudgetReport
}

/** Those heard least, or lagging most, are what an operator looks for. */
const HOSTS_SHOWN_MAX = 50
const ENDPOINTS_SHOWN_MAX = 20

/** What the operator's page shows, as it stands now. */
export function opsState(parts: StateParts): OpsState {
  const { pulse } = parts
  const [now, minute] = [pulse.now(), pulse.minute()]
  const followed = parts.hosts()
  const hosts = followed ?? []
  const unsynchronized = parts.unsynchronized()
  const budget = budgetState(parts.budget())
  const isPaused = parts.role !== 'replica' && budget.steps.some(({ name, isShed }) => name === 'ingest' && isShed)
  return {
    atMs: parts.now(),
    startedMs: parts.startedMs,
    version: parts.version,
    role: parts.role,
    ingest: followed ? 'here' : isPaused ? 'paused' : 'elsewhere',
    stages: STAGES.map((name) => ({
      name,
      perSecond: stageRate(name, now),
      queue: total(now.to, 'waypost_stage_queue', { stage: name }),
      ...quantiles('waypost_stage_seconds', minute, { stage: name }),
      history: pulse.history(name),
    })),
    followers: total(now.to, 'waypost_live_followers'),
    objective: parts.objective.standing(),
    replicas: parts.replicas(),
    refusals: refusalsIn(minute, parts.refusals),
    hosts: worst(hosts),
    hostCounts: { all: hosts.length, away: hosts.filter(({ connected }) => !connected).length },
    repositories: {
      people: parts.people(),
      inProgress: unsynchronized['in-progress'],
      desynchronized: unsynchronized.desynchronized,
    },
    engine: {
      isUp: total(now.to, 'waypost_engine_up') === 1,
      ...named('appendP99', quantile('waypost_engine_seconds', minute, 0.99, { op: 'append' })),
      ...named('headP99', quantile('waypost_engine_seconds', minute, 0.99, { op: 'head' })),
      failures: total(now.to, 'waypost_engine_failures_total'),
    },
    endpoints: endpointsIn(pulse.answers()),
    slow: parts.slow.newest(),
    threads: [...byLabel(now.to, 'waypost_thread_busy_seconds_total', 'thread').keys()].map((thread) => ({
      name: thread,
      utilization: Math.min(1, rate('waypost_thread_busy_seconds_total', now, { thread })),
      queue: total(now.to, 'waypost_thread_queue', { thread }),
    })),
    process: {
      residentBytes: total(now.to, 'waypost_process_resident_memory_bytes'),
      cores: rate('waypost_process_cpu_seconds_total', now),
    },
    budget,
    faults: parts.faults(),
  }
}

function refusalsIn(span: Span, samples: RefusalSamples): readonly RefusalState[] {
  const newest: ReadonlyMap<string, readonly RefusalSample[]> = samples.newest()
  return [...byLabel(span.to, 'waypost_refusals_total', 'reason')]
    .map(([reason, count]) => ({
      reason,
      total: count,
      perMinute: rate('waypost_refusals_total', span, { reason }) * 60,
      samples: (newest.get(reason) ?? []).map(({ refusal: { detail, did, seq }, host, atMs }) => ({
        atMs,
        host,
        detail,
        ...(did !== undefined && { did }),
        ...(seq !== undefined && { seq }),
      })),
    }))
    .toSorted((a, b) => b.perMinute - a.perMinute || b.total - a.total)
}

function worst(hosts: readonly HostStatus[]): readonly HostStatus[] {
  return hosts
    .toSorted((a, b) => Number(a.connected) - Number(b.connected) || (b.lagMs ?? 0) - (a.lagMs ?? 0))
    .slice(0, HOSTS_SHOWN_MAX)
}

function endpointsIn({ from, to }: Span): readonly EndpointState[] {
  const before = splitBy(from, 'route')
  return [...splitBy(to, 'route')]
    .map(([route, now]) => {
      const span = { from: before.get(route) ?? { atMs: from.atMs, metrics: new Map() }, to: now }
      const perSecond = rate('waypost_http_requests_total', span)
      const failed = [...byLabel(now, 'waypost_http_requests_total', 'status').keys()].filter(
        (status) => +status >= 500,
      )
      const errors = failed.reduce((sum, status) => sum + rate('waypost_http_requests_total', span, { status }), 0)
      return {
        route,
        perSecond,
        errorShare: perSecond === 0 ? 0 : errors / perSecond,
        ...quantiles('waypost_http_seconds', span),
      }
    })
    .filter(({ perSecond }) => perSecond > 0)
    .toSorted((a, b) => b.perSecond - a.perSecond)
    .slice(0, ENDPOINTS_SHOWN_MAX)
}

function quantiles(name: string, span: Span, labels: Readonly<Record<string, string>> = {}) {
  return { ...named('p50', quantile(name, span, 0.5, labels)), ...named('p99', quantile(name, span, 0.99, labels)) }
}

function named<Name extends string>(name: Name, value: number | undefined): { readonly [name in Name]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in Name]?: number })
}
