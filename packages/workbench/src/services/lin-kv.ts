import { apply, keyOf, type Service, type Written } from './key-value.ts'

/** A linearizable map: every request sees the newest state. */
export function linKv(): Service {
  const state = new Map<string, Written>()
  return (request) => {
    const key = keyOf(request['key'])
    const effect = apply(request, state.get(key))
    if (effect?.written) state.set(key, effect.written)
    return effect?.answer
  }
}
