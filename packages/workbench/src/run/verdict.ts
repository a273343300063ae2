/** `unknown`: too little was seen, or it could not be decided in time. Never a polite word for valid. */
export type Validity = boolean | 'unknown'

/** Something that must not be, in words, with the events of the history that show it. */
export interface Anomaly {
  readonly kind: string
  readonly words: string
  /** Indices into the history. */
  readonly events: readonly number[]
}

export interface Verdict {
  readonly valid: Validity
  readonly anomalies: readonly Anomaly[]
  /** What the checker counted and measured, by Maelstrom's names. */
  readonly facts: Readonly<Record<string, unknown>>
  /** Why it is unknown. */
  readonly doubt?: string
}

/** The worst of all: one false makes it false, else one unknown makes it unknown. */
export function worst(validities: readonly Validity[]): Validity {
  if (validities.includes(false)) return false
  return validities.includes('unknown') ? 'unknown' : true
}

/** Anomalies shown of each kind; the count of all is a fact. */
const SHOWN_PER_KIND_MAX = 8

/** A verdict that is invalid exactly if there is an anomaly. Of each kind the first few are kept, all are counted. */
export function verdictOf(anomalies: readonly Anomaly[], facts: Readonly<Record<string, unknown>>): Verdict {
  const counts: Record<string, number> = {}
  const shown = anomalies.filter(({ kind }) => (counts[kind] = (counts[kind] ?? 0) + 1) <= SHOWN_PER_KIND_MAX)
  return { valid: anomalies.length === 0, anomalies: shown, facts: { ...facts, anomalies: counts } }
}
