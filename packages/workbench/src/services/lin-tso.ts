import type { Service } from './key-value.ts'

/** Timestamps 0, 1, 2 … in the order of the requests. */
export function linTso(): Service {
  let next = 0
  return (request) => (request.type === 'ts' ? { type: 'ts_ok', ts: next++ } : undefined)
}
