import type { app } from '@waypost/lexicon'
import { ok, type Did, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { QueryContext } from '#serve/xrpc/method.ts'

type Output = app.waypost.server.getInfo.$OutputBody

export interface ServerFacts {
  readonly serviceDid: Did
  readonly version: string
  readonly signUp: boolean
  readonly handleDomain: string | undefined
  readonly mapStyle: string | undefined
  readonly tiles: string | undefined
  /** Undefined where this server pushes nothing. */
  readonly pushPublicKey: string | undefined
  /** What is left out for now to stay within the budget, as far as people notice. */
  readonly shed: () => readonly string[]
}

export function getInfo(facts: ServerFacts) {
  const { serviceDid, version, signUp, handleDomain, mapStyle, tiles, pushPublicKey, shed } = facts
  return (_params: object, { queries }: QueryContext): Result<Output, XrpcFault> => {
    const left = shed()
    return ok({
      did: serviceDid,
      version,
      signUp,
      ...(handleDomain !== undefined && { handleDomain }),
      ...(mapStyle !== undefined && { mapStyle }),
      ...(tiles !== undefined && { tiles }),
      ...(pushPublicKey !== undefined && { pushPublicKey }),
      ...(left.length > 0 && { shed: [...left] }),
      ...queries.counts(),
    })
  }
}
