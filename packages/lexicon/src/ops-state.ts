/*
 * What a server tells its operator's page. It is no lexicon, since nobody else asks for it; it is here so that server and
 * client say it once. `atMs` and `startedMs` are
 * milliseconds since 1970.
 */

/** Of one process, and of the others what they say of themselves. */
export interface OpsState {
  readonly atMs: number
  readonly startedMs: number
  readonly version: string
  readonly role: string
  /** Who follows the hosts: this process, or another one; or this one would, but its budget is spent. */
  readonly ingest: 'here' | 'elsewhere' | 'paused'
  readonly stages: readonly StageState[]
  readonly followers: number
  readonly objective: ObjectiveState
  readonly replicas: readonly ReplicaState[]
  readonly refusals: readonly RefusalState[]
  /** Those that an operator looks for first; not all, where there are many. */
  readonly hosts: readonly HostState[]
  readonly hostCounts: { readonly all: number; readonly away: number }
  readonly repositories: { readonly people: number; readonly inProgress: number; readonly desynchronized: number }
  readonly engine: EngineState
  readonly endpoints: readonly EndpointState[]
  readonly slow: readonly SlowAnswer[]
  readonly threads: readonly ThreadState[]
  readonly process: ProcessState
  readonly budget: BudgetState
  readonly faults: readonly FaultState[]
}

export type StageName = 'wire' | 'verify' | 'log' | 'project' | 'live'

export interface StageState {
  readonly name: StageName
  readonly perSecond: number
  readonly queue: number
  /** Seconds; absent where nothing went through in the last minute. */
  readonly p50?: number
  readonly p99?: number
  /** Events a second, two seconds each, the oldest first. */
  readonly history: readonly number[]
}

/** Of check-ins since the process began to look, three days back at most. */
export interface ObjectiveState {
  readonly withinSeconds: number
  readonly target: number
  readonly days: number
  /** For how long this process has looked; a window that is longer says as much. */
  readonly heldMs: number
  readonly total: number
  /** Share of the check-ins that were fresh; absent where there were none. */
  readonly current?: number
  /** What is left of the error budget, as if all of its days were like those that were looked at; below 0: overdrawn. */
  readonly budgetLeft?: number
  readonly windows: readonly { readonly name: string; readonly total: number; readonly burnRate?: number }[]
}

export interface ReplicaState {
  readonly id: string
  readonly role: string
  readonly health: 'alive' | 'suspect' | 'dead'
  readonly isSelf: boolean
  readonly isLinked: boolean
  readonly position?: number
  readonly lagMs?: number
  readonly requestsPerSecond?: number
  readonly isActive?: boolean
}

export interface RefusalState {
  readonly reason: string
  readonly total: number
  readonly perMinute: number
  readonly samples: readonly {
    readonly atMs: number
    readonly host: string
    readonly detail: string
    readonly did?: string
    readonly seq?: number
  }[]
}

/** What is undefined is not in the JSON. */
export interface HostState {
  readonly url: string
  readonly kind?: 'pds' | 'relay' | undefined
  readonly connected: boolean
  readonly lastSeq?: number | undefined
  readonly waiting: number
  readonly queued: number
  readonly lagMs?: number | undefined
}

export interface EngineState {
  readonly isUp: boolean
  readonly appendP99?: number
  readonly headP99?: number
  readonly failures: number
}

export interface EndpointState {
  readonly route: string
  readonly perSecond: number
  /** Answers of 500 and above, of all; 0 to 1. */
  readonly errorShare: number
  readonly p50?: number
  readonly p99?: number
}

export interface SlowAnswer {
  readonly route: string
  readonly status: number
  readonly ms: number
  readonly atMs: number
}

export interface ThreadState {
  readonly name: string
  /** 0 to 1. */
  readonly utilization: number
  readonly queue: number
}

export interface ProcessState {
  readonly residentBytes: number
  /** Cores busy. */
  readonly cores: number
}

/** What this process has used of what it may, and what that costs. */
export interface BudgetState {
  readonly limits: readonly LimitState[]
  /** In the order in which they are left out, each from a share of the worst limit on. */
  readonly steps: readonly { readonly name: BudgetStep; readonly beginsAt: number; readonly isShed: boolean }[]
  readonly warnAt: number
  /** An operator has it passed over. */
  readonly override?: { readonly fromMs: number; readonly untilMs: number }
  readonly prices: { readonly name: string; readonly currency: string }
  readonly day: CostState
  readonly month: CostState
}

export type BudgetStep = 'images' | 'search' | 'backfills' | 'live' | 'ingest'

export interface LimitState {
  /** Such as `egress-day`. */
  readonly id: string
  readonly resource: 'egress' | 'disk' | 'log' | 'images' | 'fetches' | 'money'
  readonly per: 'day' | 'month' | 'total'
  /** Bytes, pictures, requests, or the currency of the prices. */
  readonly used: number
  readonly of: number
  /** Of the limit; above 1 it is passed. */
  readonly share: number
  /** By the end of the period, if it goes on as it began. */
  readonly forecast?: number
  readonly endsAtMs?: number
}

/** So far, in the currency of the prices. */
export interface CostState {
  readonly startMs: number
  readonly total: number
  readonly parts: Readonly<Record<'cpu' | 'memory' | 'disk' | 'egress' | 'fetches', number>>
  readonly checkins: number
  /** Who checked in or asked signed in, about. */
  readonly people: number
  /** Absent where nobody was there to share it. */
  readonly perMillionCheckins?: number
  readonly perThousandPeople?: number
}

export interface FaultState {
  readonly atMs: number
  readonly level: 'warn' | 'error' | 'fatal'
  readonly text: string
  readonly error?: string
}

export type StepName = 'committed' | 'received' | 'verified' | 'logged' | 'projected' | 'delivered'

/** One check-in on its way, as far as a process knows. */
export interface FollowedCheckin {
  readonly uri: string
  /** Whether it is shown to everyone now, by this process. */
  readonly isVisible: boolean
  /** Absent: the log was searched where it should be, and has it not. */
  readonly logged?: {
    readonly position: number
    readonly kind: string
    /** Whose stream brought it, and where in it; 0: it was asked for. */
    readonly host: string
    readonly seq: number
    readonly rev?: string
  }
  readonly steps: readonly FollowedStep[]
  /** Of every process that is known of, this one too. */
  readonly replicas: readonly { readonly id: string; readonly isSelf: boolean; readonly hasIt: boolean }[]
}

export interface FollowedStep {
  readonly step: StepName
  readonly atMs?: number
  /** Of the rev, by the clock of the author's server; of this process's own; or of the log, by the one that appended. */
  readonly by?: 'rev' | 'process' | 'log'
}
