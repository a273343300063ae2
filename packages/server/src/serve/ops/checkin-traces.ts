import { atUri, tidMicros } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { EventBody } from '#verify/event.ts'
import type { Journeys, Passed, Range } from '#log/journeys.ts'
import type { EventLog } from '#log/log.ts'
import type { CommittedBatch } from '#project/projector.ts'
import { CHECKIN_COLLECTIONS } from '#project/read-checkin.ts'
import {
  isSampled,
  spansAfterLog,
  spansBeforeLog,
  traceIdOf,
  type CheckinSpan,
  type TracedCheckin,
} from './checkin-spans.ts'

/** One trace a check-in, of those that are sampled: each process tells the stretch of it that it saw. */
export interface CheckinTraces {
  logged(event: EventBody, position: Position, passed: Passed): void
  /** After each batch of the projector. */
  follow(batch: Pick<CommittedBatch, 'changes'>): void
  flushed(range: Range): void
}

/** Those in the read model that nobody was told of yet; more are not traced. */
const WAITING_MAX = 1_000
const COLLECTIONS: ReadonlySet<string> = new Set(CHECKIN_COLLECTIONS)

export function createCheckinTraces(parts: {
  /** 0 to 1. */
  readonly ratio: number
  /** Tells this process from all others. */
  readonly replica: string
  readonly journeys: Journeys
  readonly eventLog: Pick<EventLog, 'read'>
  readonly emit: (spans: readonly CheckinSpan[]) => void
}): CheckinTraces {
  const { ratio, replica, journeys, eventLog, emit } = parts
  let waiting: TracedCheckin[] = []

  /** Where another process took it in, the log says when. */
  async function loggedAt({ position }: TracedCheckin): Promise<number | undefined> {
    const here = journeys.of(position)?.loggedAt
    return here ?? (await eventLog.read(position - 1, 1)).events[0]?.receivedAt
  }

  async function tell(checkin: TracedCheckin): Promise<void> {
    const { projectedAt, deliveredAt } = journeys.of(checkin.position) ?? {}
    const at = await loggedAt(checkin)
    if (projectedAt === undefined || deliveredAt === undefined || at === undefined) return
    emit(spansAfterLog(checkin, { replica, loggedAt: at, projectedAt, deliveredAt }))
  }

  return {
    logged(event, position, passed) {
      if (event.kind !== 'commit') return
      const commitMs = Math.floor(tidMicros(event.rev) / 1_000)
      for (const op of event.ops) {
        if (op.action !== 'put' || !COLLECTIONS.has(op.collection)) continue
        const checkin = { uri: atUri(event.did, op.collection, op.rkey), commitMs, position }
        if (!isSampled(traceIdOf(checkin), ratio)) continue
        // A copy: what is handed over is used again.
        const { receivedAt, verifiedAt, loggedAt: at } = passed
        emit(spansBeforeLog(checkin, { host: event.source.host, passed: { receivedAt, verifiedAt, loggedAt: at } }))
      }
    },
    follow({ changes }) {
      for (const change of changes) {
        if (change.kind !== 'checkin' || !change.isNews || change.commitMs === undefined) continue
        if (waiting.length >= WAITING_MAX) return
        const { uri, commitMs, position } = change
        if (isSampled(traceIdOf({ uri, commitMs, position }), ratio)) waiting.push({ uri, commitMs, position })
      }
    },
    flushed({ through }) {
      if (waiting.length === 0) return
      const done = waiting.filter(({ position }) => position <= through)
      waiting = waiting.filter(({ position }) => position > through)
      // A log that cannot be read costs a stretch of a trace, and nothing else.
      for (const checkin of done) tell(checkin).catch(() => undefined)
    },
  }
}
