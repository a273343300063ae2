import type { l } from '@atproto/lex'
import type { Did, Handle, Result } from '@waypost/kernel'
import type { ReadContext, Written, XrpcFault } from '#serve/handler.ts'

/** Somebody who signed in here, as far as one request can know them. */
export interface SignedIn {
  readonly did: Did
  /** As it was when they signed in; the read model knows better once it has seen them. */
  readonly handle: Handle
}

/** What a query may use: a read's context, and who is signed in with the cookie (none for a proxying PDS). */
export interface QueryContext extends ReadContext {
  readonly signedIn: SignedIn | undefined
}

/** An XRPC endpoint, bound to its lexicon. */
export type Method = QueryMethod | ProcedureMethod | SubscriptionMethod

export interface QueryMethod {
  readonly kind: 'query'
  readonly schema: l.Query
  readonly answer: (
    params: never,
    context: QueryContext,
  ) => Result<unknown, XrpcFault> | Promise<Result<unknown, XrpcFault>>
  /** So long an answer may be kept by anyone: it is the same for everybody. Absent: it may not be kept. */
  readonly publicSeconds?: number | undefined
}

export interface ProcedureMethod {
  readonly kind: 'procedure'
  readonly schema: l.Procedure
  /** Past this a body is refused with 413 before it is read. */
  readonly bodyBytesMax: number
  readonly answer: (input: never, member: SignedIn) => Promise<Result<unknown, XrpcFault>>
}

/** Served as a WebSocket; the table names it so that it is complete. */
export interface SubscriptionMethod {
  readonly kind: 'subscription'
  readonly schema: l.Subscription
}

/** A JSON body beyond this is none that a person wrote: the largest check-in stays below 100 kB. */
const JSON_BYTES_MAX = 150_000

export function query<S extends l.Query, Output extends l.InferMethodOutputBody<S>>(
  schema: S,
  answer: (
    params: l.InferMethodParams<S>,
    context: QueryContext,
  ) => Result<Output | Written<Output>, XrpcFault> | Promise<Result<Output | Written<Output>, XrpcFault>>,
  options: { readonly publicSeconds?: number } = {},
): QueryMethod {
  return { kind: 'query', schema, answer, publicSeconds: options.publicSeconds }
}

/** The input is the lexicon's JSON as values (links, blobs), or the bytes of the body where it takes any encoding. */
export function procedure<S extends l.Procedure>(
  schema: S,
  answer: (input: InputOf<S>, member: SignedIn) => Promise<Result<l.InferMethodOutputBody<S>, XrpcFault>>,
  options: { readonly bodyBytesMax?: number } = {},
): ProcedureMethod {
  return { kind: 'procedure', schema, bodyBytesMax: options.bodyBytesMax ?? JSON_BYTES_MAX, answer }
}

export type InputOf<S extends l.Procedure> = l.InferMethodInputBody<S, Uint8Array>

export function subscription(schema: l.Subscription): SubscriptionMethod {
  return { kind: 'subscription', schema }
}
