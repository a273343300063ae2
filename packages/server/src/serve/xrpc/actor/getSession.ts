import type { app } from '@waypost/lexicon'
import { ok, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import type { QueryContext } from '#serve/xrpc/method.ts'
import { profileViewBasic } from '#view/profile.ts'

type Output = app.waypost.actor.getSession.$OutputBody

/** Somebody who just signed in is named by their sign-in until the read model knows them. */
export function getSession(_params: object, { queries, viewer, signedIn }: QueryContext): Result<Output, XrpcFault> {
  if (viewer === undefined) return ok({})
  const person = queries.actor(viewer)
  if (person) return ok({ actor: profileViewBasic({ ...person, handle: person.handle ?? signedIn?.handle }) })
  return ok(signedIn ? { actor: { did: signedIn.did, handle: signedIn.handle } } : {})
}
