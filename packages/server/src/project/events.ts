import { Counter, Gauge, Histogram } from 'prom-client'
import type { Telemetry } from '@waypost/kernel'
import type { Position } from '@waypost/engine'

/** What the projector tells its operator: one function per event. */
export interface ProjectEvents {
  batchFolded(batch: {
    readonly events: number
    readonly records: number
    readonly durationMs: number
    readonly through: Position
    /** From taking the oldest event in to having it visible; undefined for a batch without events. */
    readonly freshnessMs: number | undefined
  }): void
  /** The read model reached the head of the log for the first time since the start. */
  caughtUp(progress: { readonly position: Position; readonly durationMs: number }): void
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
  return {
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
