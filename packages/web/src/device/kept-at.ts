/** The header by which the worker says since when it has kept an answer. */
export const KEPT_AT = 'waypost-kept-at'

let oldest: string | undefined
const listeners = new Set<() => void>()

/** Notes whether an answer came from the server just now (undefined) or was kept, and since when (ISO time). */
export function noteKept(at: string | undefined): void {
  const next = at === undefined ? undefined : oldest === undefined || at < oldest ? at : oldest
  if (next === oldest) return
  oldest = next
  for (const listener of listeners) listener()
}

/** How old the oldest of what is shown from this device is; undefined where the server answers. */
export function keptAt(): string | undefined {
  return oldest
}

export function subscribeKept(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
