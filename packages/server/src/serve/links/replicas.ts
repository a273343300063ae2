import { forgetEnded, joinMaps, mayBeWritten, setDelta, type Health, type LwwMap } from '@waypost/gossip'
import type { SharedMap } from './drive.ts'

/** What a process of the cluster says of itself, once a second. Numbers of people are none of it. */
export interface OwnState {
  readonly role: 'all' | 'ingest' | 'replica'
  readonly version: string
  /** Of the read model, in the log; absent where there is none. */
  readonly position?: number
  /** For how long the log has held something that the read model does not. */
  readonly lagMs?: number
  readonly requestsPerSecond?: number
  /** Connections that follow live. */
  readonly followers?: number
  /** Of an ingest: whether it follows the hosts now. */
  readonly isActive?: boolean
}

/** A process of the cluster, as it is known here. */
export interface ReplicaState extends OwnState {
  readonly id: string
  /** Whether it is there, as far as the cluster knows. */
  readonly health: Health
  readonly isSelf: boolean
  /** Whether there is a link to it from here; otherwise others tell of it. */
  readonly isLinked: boolean
  /** When it last said something of itself: milliseconds since 1970, by its own clock. */
  readonly saidMs: number
}

export interface Replicas extends SharedMap {
  /** Answers what the others are to join. */
  say(own: OwnState): LwwMap<unknown>
  all(): Omit<ReplicaState, 'health' | 'isLinked'>[]
}

/** Whoever has said nothing for so long is none of them any more. */
const STATE_LIFE_MS = 600_000
const REPLICAS_MAX = 256
const ROLES: readonly unknown[] = ['all', 'ingest', 'replica']
const NUMBERS = ['position', 'lagMs', 'requestsPerSecond', 'followers'] as const

export function createReplicas({ self, now }: { readonly self: string; readonly now: () => number }): Replicas {
  let map: LwwMap<OwnState> = new Map()
  return {
    lifeMs: STATE_LIFE_MS,
    held: () => map,
    say(own) {
      const nowMs = now()
      map = forgetEnded(map, nowMs, { lifeMs: STATE_LIFE_MS })
      const delta = setDelta(map, { key: self, writer: self, nowMs }, own, nowMs + STATE_LIFE_MS)
      map = joinMaps(map, delta)
      return delta
    },
    join(delta) {
      const at = { nowMs: now(), lifeMs: STATE_LIFE_MS }
      const sound = [...delta].flatMap(([id, entry]) => {
        const value = readState(entry.value)
        return value && mayBeWritten(entry, at) ? [[id, { ...entry, value }] as const] : []
      })
      map = new Map([...joinMaps(map, new Map(sound))].slice(0, REPLICAS_MAX))
    },
    all: () =>
      [...map].flatMap(([id, { value, atMs }]) => (value ? [{ ...value, id, isSelf: id === self, saidMs: atMs }] : [])),
  }
}

function readState(raw: unknown): OwnState | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined
  const { role, version, isActive, ...rest } = raw as Record<string, unknown>
  if (!ROLES.includes(role) || typeof version !== 'string' || version.length > 64) return undefined
  if (isActive !== undefined && typeof isActive !== 'boolean') return undefined
  const isNumber = (value: unknown): boolean =>
    value === undefined || (Number.isFinite(value) && (value as number) >= 0)
  return NUMBERS.every((name) => isNumber(rest[name])) ? (raw as OwnState) : undefined
}
