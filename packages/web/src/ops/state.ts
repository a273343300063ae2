/** What the server tells an operator: `packages/server/src/serve/ops/state.ts` and `follow-checkin.ts` say it too. */
export interface OpsState {
  readonly atMs: number
  readonly startedMs: number
  readonly version: string
  readonly role: string
  readonly ingest: 'here' | 'elsewhere'
  readonly stages: readonly StageState[]
  readonly followers: number
  readonly objective: ObjectiveState
  readonly replicas: readonly ReplicaState[]
  readonly refusals: readonly RefusalState[]
  readonly hosts: readonly HostState[]
  readonly repositories: { readonly people: number; readonly inProgress: number; readonly desynchronized: number }
  readonly engine: {
    readonly isUp: boolean
    readonly appendP99?: number
    readonly headP99?: number
    readonly failures: number
  }
  readonly endpoints: readonly EndpointState[]
  readonly slow: readonly {
    readonly route: string
    readonly status: number
    readonly ms: number
    readonly atMs: number
  }[]
  readonly threads: readonly { readonly name: string; readonly utilization: number; readonly queue: number }[]
  readonly process: { readonly residentBytes: number; readonly cores: number }
  readonly faults: readonly FaultState[]
}

export type StageName = 'wire' | 'verify' | 'log' | 'project' | 'live'

export interface StageState {
  readonly name: StageName
  readonly perSecond: number
  readonly queue: number
  /** Seconds. */
  readonly p50?: number
  readonly p99?: number
  readonly history: readonly number[]
}

export interface ObjectiveState {
  readonly withinSeconds: number
  readonly target: number
  readonly heldMs: number
  readonly total: number
  readonly current?: number
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

export interface HostState {
  readonly url: string
  readonly kind?: 'pds' | 'relay'
  readonly connected: boolean
  readonly lastSeq?: number
  readonly waiting: number
  readonly queued: number
  readonly lagMs?: number
}

export interface EndpointState {
  readonly route: string
  readonly perSecond: number
  readonly errorShare: number
  readonly p50?: number
  readonly p99?: number
}

export interface FaultState {
  readonly atMs: number
  readonly level: 'warn' | 'error' | 'fatal'
  readonly text: string
  readonly error?: string
}

export type StepName = 'committed' | 'received' | 'verified' | 'logged' | 'projected' | 'delivered'

export interface FollowedCheckin {
  readonly uri: string
  readonly isVisible: boolean
  readonly logged?: {
    readonly position: number
    readonly kind: string
    readonly host: string
    readonly seq: number
    readonly rev?: string
  }
  readonly steps: readonly {
    readonly step: StepName
    readonly atMs?: number
    readonly by?: 'rev' | 'process' | 'log'
  }[]
  readonly replicas: readonly { readonly id: string; readonly isSelf: boolean; readonly hasIt: boolean }[]
}
