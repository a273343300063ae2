/** A signal that aborts with another one, or by itself. */
export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal
  readonly abort: () => void
}

/**
 * For work that may be over before `parent` aborts; disposing lets go of the parent. Not `AbortSignal.any`: Node holds on to
 * composed signals for as long as somebody listens to them, and a simulated process that was killed listens for ever.
 */
export function linkedAbort(parent: AbortSignal): LinkedAbort {
  const own = new AbortController()
  const abort = (): void => own.abort()
  if (parent.aborted) abort()
  else parent.addEventListener('abort', abort, { once: true })
  return { signal: own.signal, abort, [Symbol.dispose]: () => parent.removeEventListener('abort', abort) }
}
