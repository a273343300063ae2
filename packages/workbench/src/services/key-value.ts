import { isDeepStrictEqual } from 'node:util'
import type { Body } from '../node/program.ts'

/** Who answers requests under a name that every node knows. `undefined`: the type is unknown, and nothing is said. */
export type Service = (request: Body, sender: string) => Body | undefined

const KEY_DOES_NOT_EXIST = 20
const PRECONDITION_FAILED = 22

/** Keys are any JSON, and equal if they say the same. */
export function keyOf(key: unknown): string {
  if (typeof key === 'number') return String(key)
  return JSON.stringify(key, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** A value that was written; `undefined` stands for no value at all. */
export interface Written {
  readonly value: unknown
}

/** What a request makes of a key: the answer, and what is written, if anything is. */
export interface Effect {
  readonly answer: Body
  readonly written?: Written
}

/** The semantics that the three key-value services share; what differs is which state a request sees. */
export function apply(request: Body, current: Written | undefined): Effect | undefined {
  switch (request.type) {
    case 'read':
      if (!current) return { answer: missing(request) }
      return { answer: { type: 'read_ok', value: current.value } }
    case 'write':
      return { answer: { type: 'write_ok' }, written: { value: request['value'] } }
    case 'cas':
      return compareAndSet(request, current)
    default:
      return undefined
  }
}

function compareAndSet(request: Body, current: Written | undefined): Effect {
  const { from, to, create_if_not_exists } = request
  if (!current) {
    if (create_if_not_exists !== true) return { answer: missing(request) }
    return { answer: { type: 'cas_ok' }, written: { value: to } }
  }
  if (!isDeepStrictEqual(current.value, from)) {
    const text = `expected ${JSON.stringify(from)}, but had ${JSON.stringify(current.value)}`
    return { answer: { type: 'error', code: PRECONDITION_FAILED, text } }
  }
  return { answer: { type: 'cas_ok' }, written: { value: to } }
}

function missing(request: Body): Body {
  return { type: 'error', code: KEY_DOES_NOT_EXIST, text: `no key ${JSON.stringify(request['key'])}` }
}
