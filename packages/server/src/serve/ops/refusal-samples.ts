import type { Refusal, RefusalReason } from '#verify/refusal.ts'

/** The newest of what was not let in, for whoever wants to know what a number of refusals is made of. */
export interface RefusalSamples {
  note(refusal: Refusal, host: string, atMs: number): void
  /** By reason, the newest first. */
  newest(): ReadonlyMap<RefusalReason, readonly RefusalSample[]>
}

export interface RefusalSample {
  readonly refusal: Refusal
  readonly host: string
  /** Milliseconds since 1970. */
  readonly atMs: number
}

/** Of each reason; the reasons are a closed list. */
const SAMPLES_MAX = 5
/** A flood of one kind says nothing new: of one reason so many milliseconds lie between two samples. */
const EVERY_MS_MIN = 200

export function createRefusalSamples(): RefusalSamples {
  const samples = new Map<RefusalReason, RefusalSample[]>()
  return {
    note(refusal, host, atMs) {
      let held = samples.get(refusal.reason)
      if (!held) samples.set(refusal.reason, (held = []))
      if (held[0] && Math.abs(atMs - held[0].atMs) < EVERY_MS_MIN) return
      held.unshift({ refusal, host, atMs })
      if (held.length > SAMPLES_MAX) held.pop()
    },
    newest: () => samples,
  }
}
