/**
 * A map in which the last writer wins and everything ends by itself. A delta has the same shape: the entries written.
 * An entry shows until `untilMs`, and is kept, shown or not, until every older write of its key has ended too: what
 * comes late can't bring back what was overwritten or removed, and nothing has to be asked of others before it is
 * forgotten.
 */
export type LwwMap<V> = ReadonlyMap<string, LwwEntry<V>>

export interface LwwEntry<V> {
  /** Absent: removed. */
  readonly value?: V
  /** When it was written, in milliseconds since 1970 by the writer's clock. */
  readonly atMs: number
  readonly writer: string
  /** When it ends: `LIFE_MS_MAX` after `atMs` at the latest. */
  readonly untilMs: number
}

/** The longest that an entry may last, and so how long the trace of a removal is kept. */
export const LIFE_MS_MAX = 86_400_000

interface Write {
  readonly key: string
  readonly writer: string
  readonly nowMs: number
}

/** Beyond `LIFE_MS_MAX` from now it ends then. */
export function setDelta<V>(map: LwwMap<V>, { key, writer, nowMs }: Write, value: V, untilMs: number): LwwMap<V> {
  const atMs = after(map, key, nowMs)
  return new Map([[key, { value, atMs, writer, untilMs: Math.min(untilMs, atMs + LIFE_MS_MAX) }]])
}

export function removeDelta<V>(map: LwwMap<V>, { key, writer, nowMs }: Write): LwwMap<V> {
  const atMs = after(map, key, nowMs)
  return new Map([[key, { atMs, writer, untilMs: atMs }]])
}

/** Later than what it overwrites, also where the writer's clock is behind. */
function after<V>(map: LwwMap<V>, key: string, nowMs: number): number {
  return Math.max(nowMs, (map.get(key)?.atMs ?? -Infinity) + 1)
}

export function joinMaps<V>(a: LwwMap<V>, b: LwwMap<V>): LwwMap<V> {
  const joined = new Map(a)
  for (const [key, theirs] of b) {
    const ours = joined.get(key)
    if (!ours || isLater(theirs, ours)) joined.set(key, theirs)
  }
  return joined
}

/** What shows of a key at this time. */
export function valueAt<V>(map: LwwMap<V>, key: string, nowMs: number): V | undefined {
  const entry = map.get(key)
  return entry && nowMs < entry.untilMs ? entry.value : undefined
}

/**
 * Without what no older write can contradict any more. Shows the same as before, now and later, whatever is joined.
 * `lifeMs`: where no entry of this map lasts longer, so that traces need not be kept longer either.
 */
export function forgetEnded<V>(map: LwwMap<V>, nowMs: number, { lifeMs = LIFE_MS_MAX } = {}): LwwMap<V> {
  return new Map([...map].filter(([, { atMs }]) => nowMs < atMs + lifeMs))
}

/** A writer's clock may be ahead of ours by so much. */
const CLOCK_AHEAD_MS_MAX = 300_000

/** Whether one of our own may have written it, and it is not over with all that it could contradict. */
export function mayBeWritten(
  { atMs, untilMs }: LwwEntry<unknown>,
  { nowMs, lifeMs }: { readonly nowMs: number; readonly lifeMs: number },
): boolean {
  return untilMs <= atMs + lifeMs && atMs <= nowMs + CLOCK_AHEAD_MS_MAX && nowMs < atMs + lifeMs
}

/** Total, so that two replicas never differ: the same writer at the same time can have written two things only by a fault. */
function isLater<V>(a: LwwEntry<V>, b: LwwEntry<V>): boolean {
  if (a.atMs !== b.atMs) return a.atMs > b.atMs
  if (a.writer !== b.writer) return a.writer > b.writer
  if (a.untilMs !== b.untilMs) return a.untilMs > b.untilMs
  return (JSON.stringify(a.value) ?? '') > (JSON.stringify(b.value) ?? '')
}
