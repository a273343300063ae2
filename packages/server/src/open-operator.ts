import type { Telemetry, World } from '@waypost/kernel'
import type { EventLog } from '#log/log.ts'
import type { Journeys } from '#log/journeys.ts'
import type { Projector } from '#project/projector.ts'
import type { Queries } from '#query/queries.ts'
import type { Tail } from '#serve/live/tail.ts'
import type { Budget } from '#serve/budget/guard.ts'
import type { Cluster } from '#serve/links/open.ts'
import { createCheckinFollower } from '#serve/ops/follow-checkin.ts'
import type { Ops } from '#serve/ops/mount.ts'
import { createObjective } from '#serve/ops/objective.ts'
import { takePulse } from '#serve/ops/pulse.ts'
import type { RefusalSamples } from '#serve/ops/refusal-samples.ts'
import { createOperatorSignIn } from '#serve/ops/sign-in.ts'
import { createSlowAnswers, type SlowAnswers } from '#serve/ops/slow-answers.ts'
import { opsState } from '#serve/ops/state.ts'
import type { Config } from './config.ts'
import type { Events } from './events.ts'
import { figuresGatherer } from './gather-figures.ts'
import type { Ingesting } from './ingesting.ts'

/** What an operator is shown, and what has to be told to it. */
export interface Operator extends Disposable {
  readonly ops: Ops
  /** Brings figures up to date that are only known when somebody asks. */
  gather(): Promise<void>
  answered: (answer: Parameters<SlowAnswers['note']>[0]) => void
}

export function openOperator(parts: {
  readonly world: World
  readonly config: Pick<Config, 'version' | 'role' | 'opsPassword'>
  readonly telemetry: Telemetry
  readonly events: Events
  readonly eventLog: EventLog
  readonly ingesting: Ingesting
  readonly projector: Projector
  readonly queries: Queries
  readonly tail: Tail
  readonly cluster: Cluster
  readonly budget: Budget
  readonly journeys: Journeys
  readonly refusals: RefusalSamples
  /** Whether everyone sees a check-in, by its id. */
  readonly isShown: (id: number) => boolean
}): Operator {
  const { world, config, telemetry, eventLog, ingesting, projector, queries, cluster, budget, journeys, refusals } =
    parts
  const startedMs = world.clock.now()
  const gather = figuresGatherer(parts)
  const objective = createObjective()
  const slow = createSlowAnswers()
  const pulse = takePulse(world, { metrics: telemetry.metrics, objective, gather })
  const follower = createCheckinFollower({
    eventLog,
    journeys,
    isVisible(uri) {
      const id = queries.checkinId(uri)
      return id !== undefined && parts.isShown(id)
    },
    position: () => projector.position(),
    replicas: cluster.replicas,
  })
  const following = projector.subscribe(follower.follow)
  return {
    ops: {
      signIn: config.opsPassword === undefined ? undefined : createOperatorSignIn(world, config.opsPassword),
      state: () =>
        opsState({
          now: () => world.clock.now(),
          startedMs,
          version: config.version,
          role: config.role,
          pulse,
          objective,
          refusals,
          slow,
          replicas: cluster.replicas,
          hosts: () => ingesting.fares()?.hosts,
          unsynchronized: ingesting.unsynchronized,
          people: () => queries.counts().personCount,
          faults: telemetry.faults,
          budget: budget.report,
        }),
      override: budget.override,
      follow: follower.find,
    },
    gather,
    answered: (answer) => slow.note(answer, world.clock.now()),
    [Symbol.dispose]() {
      following[Symbol.dispose]()
      pulse[Symbol.dispose]()
    },
  }
}
