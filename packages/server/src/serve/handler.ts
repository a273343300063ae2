import type { Did, Result } from '@waypost/kernel'
import type { Queries } from '#query/queries.ts'
import type { Fragments } from '#view/fragments.ts'

/** An XRPC error: its lexicon name and the HTTP status that goes with it. */
export interface XrpcFault {
  readonly status: number
  readonly error: string
  readonly message: string
  /** When it is worth asking again, where that is known. */
  readonly retryAfterSeconds?: number
}

/** What a read may use. Handlers are functions of this, so that any HTTP framework can host them. */
export interface ReadContext {
  readonly queries: Queries
  readonly fragments: Fragments
  /** The person who asks, where they are signed in. */
  readonly viewer: Did | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** An answer that is JSON already. */
export class Written<Output> {
  readonly bytes: Buffer
  /** Whether the same question has the same answer now; undefined where that is not to be known cheaply. */
  readonly isStill: (() => boolean) | undefined

  constructor(bytes: Buffer, isStill?: () => boolean) {
    this.bytes = bytes
    this.isStill = isStill
  }

  toJSON(): Output {
    return JSON.parse(this.bytes.toString()) as Output
  }
}

/** A query's handler: checked parameters in, the lexicon's output or a named fault out. */
export type ReadHandler<Params, Output> = (
  params: Params,
  context: ReadContext,
) => Result<Output | Written<Output>, XrpcFault>

export function xrpcFault(status: number, error: string, message: string): XrpcFault {
  return { status, error, message }
}
