import { Counter, Gauge, Histogram } from 'prom-client'
import type { Telemetry } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { LogMatch } from '#log/anchors.ts'
import type { SnapshotName, SnapshotRefusal } from './snapshot/manifest.ts'

/** What the projector tells its operator: one function per event. */
export interface ProjectEvents {
  batchFolded(batch: {
    readonly events: number
    readonly records: number
    readonly durationMs: number
    readonly after: Position
    readonly through: Position
    /** From taking the oldest event in to having it visible; undefined for a batch without events. */
    readonly freshnessMs: number | undefined
  }): void
  /** The read model reached the head of the log for the first time since the start. */
  caughtUp(progress: { readonly position: Position; readonly durationMs: number }): void
  /** The log could not be read; it is asked again. */
  logUnread(fault: unknown): void
  snapshotTaken(name: SnapshotName, durationMs: number): void
  /** The read model began with it. */
  snapshotLoaded(name: SnapshotName): void
  /** It is not what it says, and another one is tried. */
  snapshotRefused(reason: SnapshotRefusal, name: SnapshotName): void
  snapshotFailed(fault: unknown): void
  /** What the read model holds could not be told to whoever audits it. */
  digestFailed(fault: unknown): void
  /** The read model was of another log: it is made anew. */
  readModelDropped(why: Exclude<LogMatch, 'same'>): void
  /** All whom that read model knew are to be followed again. */
  peopleTakenIn(people: number): void
}

export function createProjectEvents(telemetry: Telemetry): ProjectEvents {
  const registers = [telemetry.metrics]
  const events = new Counter({ name: 'waypost_project_events_total', help: 'Events folded in.', registers })
  const records = new Counter({ name: 'waypost_project_records_total', help: 'Records put or removed.', registers })
  const position = new Gauge({ name: 'waypost_project_position', help: 'Position in the log.', registers })
  const batch = new Histogram({
    name: 'waypost_project_batch_seconds',
    help: 'Time of one batch, with its commit.',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  })
  const freshness = new Histogram({
    name: 'waypost_project_freshness_seconds',
    help: 'From taking an event in to having it visible; the oldest of a batch.',
    buckets: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
    registers,
  })
  const unread = new Counter({
    name: 'waypost_project_log_unread_total',
    help: 'Reads of the log that failed.',
    registers,
  })
  const snapshots = new Counter({
    name: 'waypost_snapshots_total',
    help: 'Snapshots of the read model: taken, failed, loaded, or why one was not loaded.',
    labelNames: ['outcome'],
    registers,
  })
  function snapshot(outcome: 'taken' | 'loaded' | SnapshotRefusal, { prefix }: SnapshotName, more: object = {}): void {
    snapshots.inc({ outcome })
    telemetry.log[outcome === 'taken' || outcome === 'loaded' ? 'info' : 'warn'](
      { outcome, snapshot: prefix, ...more },
      'snapshot',
    )
  }
  const dropped = new Counter({
    name: 'waypost_read_models_dropped_total',
    help: 'Read models that were of another log, and are made anew.',
    labelNames: ['reason'],
    registers,
  })
  return {
    readModelDropped(reason) {
      dropped.inc({ reason })
      telemetry.log.warn(
        { reason },
        'the read model was of another log than this one: it is made anew, and everybody whom it knew is asked for',
      )
    },
    digestFailed: (fault) => telemetry.log.warn({ err: fault }, 'what the read model holds could not be told'),
    peopleTakenIn: (people) => telemetry.log.info({ people }, 'everybody whom the old read model knew is followed'),
    snapshotTaken: (name, durationMs) => snapshot('taken', name, { durationMs: Math.round(durationMs) }),
    snapshotLoaded: (name) => snapshot('loaded', name),
    snapshotRefused: (reason, name) => snapshot(reason, name),
    snapshotFailed(fault) {
      snapshots.inc({ outcome: 'failed' })
      telemetry.log.warn({ err: fault }, 'no snapshot could be taken; trying again')
    },
    logUnread(fault) {
      unread.inc()
      telemetry.log.warn({ err: fault }, 'the log cannot be read; trying again')
    },
    batchFolded(folded) {
      events.inc(folded.events)
      records.inc(folded.records)
      position.set(folded.through)
      batch.observe(folded.durationMs / 1_000)
      if (folded.freshnessMs !== undefined) freshness.observe(Math.max(0, folded.freshnessMs) / 1_000)
    },
    caughtUp({ position: through, durationMs }) {
      // "position" is withheld from log lines, since a person's is called that too.
      telemetry.log.info({ through, durationMs }, 'read model caught up with the log')
    },
  }
}
