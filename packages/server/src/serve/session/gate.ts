import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { authRequired } from '#serve/writing.ts'
import type { Asker } from '#serve/xrpc/adapter.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'
import { fromOwnPages, sessionIdIn, signedInWith, type Home } from './browser.ts'
import type { ServiceAuth } from './service-auth.ts'
import type { Sessions } from './sessions.ts'

/** Who asks, and who may write. */
export interface Gate {
  /** By the token of the person's PDS, or by their cookie; nobody is somebody too. A token that fails is refused. */
  identify(request: FastifyRequest, nsid: string): Promise<Result<Asker, XrpcFault>>
  /** The same of somebody who needs no waiting for; undefined: ask `identify`. */
  recognise(headers: IncomingHttpHeaders): Asker | undefined
  /** Signed in with a cookie, on a page of ours. Tokens of a PDS do not write: the PDS is where one writes. */
  admit(request: FastifyRequest): Promise<Result<SignedIn, XrpcFault>>
}

const NOBODY: Asker = { viewer: undefined, signedIn: undefined }

export function createGate(options: {
  readonly home: Home
  readonly sessions: Sessions
  readonly serviceAuth: ServiceAuth
  readonly tokenSeen: (outcome: string) => void
  /** Somebody asked who is signed in. */
  readonly asked: (viewer: Did) => void
}): Gate {
  const { home, sessions, serviceAuth, tokenSeen, asked } = options
  return {
    async identify(request, nsid) {
      const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
      if (token !== undefined) {
        const viewer = await serviceAuth.verify(token, nsid)
        tokenSeen(viewer.ok ? 'ok' : viewer.error.error)
        if (!viewer.ok) return viewer
        asked(viewer.value)
        return ok({ viewer: viewer.value, signedIn: undefined })
      }
      const signedIn = await signedInWith(request, home, sessions)
      if (signedIn) asked(signedIn.did)
      return ok({ viewer: signedIn?.did, signedIn })
    },
    recognise({ authorization, cookie }) {
      if (authorization !== undefined) return undefined
      const id = sessionIdIn(cookie, home)
      if (id === '') return NOBODY
      const signedIn = id === undefined ? undefined : sessions.remembered(id)
      if (!signedIn) return undefined
      asked(signedIn.did)
      return { viewer: signedIn.did, signedIn }
    },
    async admit(request) {
      const allowed = fromOwnPages(request, home)
      if (!allowed.ok) return allowed
      const member = await signedInWith(request, home, sessions)
      return member ? ok(member) : refuse(authRequired())
    },
  }
}
