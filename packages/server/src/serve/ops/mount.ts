import type {} from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isOverrideHours, OVERRIDE_HOURS_MAX } from '#serve/budget/settings.ts'
import { xrpcFault } from '#serve/handler.ts'
import { fromOwnPages, isSecure, type Home } from '#serve/session/browser.ts'
import { answerFault } from '#serve/xrpc/adapter.ts'
import type { CheckinFollower } from './follow-checkin.ts'
import { PROOF_SECONDS, type OperatorSignIn } from './sign-in.ts'
import type { OpsState } from '@waypost/lexicon/ops-state'

/** The operator's page asks here. */
export interface Ops {
  /** Undefined: there is no password, and no page. */
  readonly signIn: OperatorSignIn | undefined
  readonly state: () => OpsState
  readonly follow: CheckinFollower['find']
  /** Has the budget passed over for so many hours; 0 takes that back. */
  readonly override: (hours: number) => void
}

const COOKIE = 'waypost-operator'
const PATH = '/ops/api'
const OFF = xrpcFault(404, 'OpsOff', 'set WAYPOST_OPS_PASSWORD, and start this server again')
const HOURS = xrpcFault(400, 'InvalidRequest', `hours are a number from 0 to ${OVERRIDE_HOURS_MAX}`)
const SIGNED_OUT = xrpcFault(401, 'AuthRequired', 'sign in as the operator')

/**
 * In: an operator's browser. Out: how this process fares, and the way of one check-in. Promise: nothing is told to who has
 * not shown the password, and all that can be changed by it is whether the budget holds.
 */
export function mountOps(app: FastifyInstance, ops: Ops, home: Home): void {
  // Asked anew each time: which port was taken is known later.
  const cookie = () => ({ httpOnly: true, sameSite: 'strict', secure: isSecure(home), path: PATH }) as const

  /** Undefined: go on. */
  function refusal(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    void reply.header('cache-control', 'no-store')
    if (!ops.signIn) return answerFault(reply, OFF)
    return ops.signIn.holds(request.cookies[COOKIE]) ? undefined : answerFault(reply, SIGNED_OUT)
  }

  app.get(`${PATH}/state`, async (request, reply) => refusal(request, reply) ?? reply.send(ops.state()))

  app.get(`${PATH}/checkin`, async (request, reply) => {
    const refused = refusal(request, reply)
    if (refused) return refused
    const found = await ops.follow(new URLSearchParams(request.url.split('?', 2)[1]).get('uri') ?? '')
    return found.ok ? reply.send(found.value) : answerFault(reply, found.error)
  })

  app.post(`${PATH}/budget`, async (request, reply) => {
    const own = fromOwnPages(request, home)
    if (!own.ok) return answerFault(reply, own.error)
    const refused = refusal(request, reply)
    if (refused) return refused
    const { hours } = (request.body ?? {}) as { readonly hours?: unknown }
    if (!isOverrideHours(hours)) return answerFault(reply, HOURS)
    ops.override(hours)
    return reply.send(ops.state())
  })

  app.post(`${PATH}/sign-in`, async (request, reply) => {
    const own = fromOwnPages(request, home)
    if (!own.ok) return answerFault(reply, own.error)
    if (!ops.signIn) return answerFault(reply, OFF)
    const { password } = (request.body ?? {}) as { readonly password?: unknown }
    if (typeof password !== 'string')
      return answerFault(reply, xrpcFault(400, 'InvalidRequest', 'a password is needed'))
    const answer = ops.signIn.tryPassword(password, request.ip)
    if (answer === 'too-many')
      return answerFault(reply, xrpcFault(429, 'RateLimitExceeded', 'try again in some minutes'))
    if (answer === 'wrong') return answerFault(reply, xrpcFault(401, 'WrongPassword', 'that is not the password'))
    return reply.setCookie(COOKIE, answer.proof, { ...cookie(), maxAge: PROOF_SECONDS }).send({})
  })

  app.post(`${PATH}/sign-out`, async (request, reply) => {
    const own = fromOwnPages(request, home)
    return own.ok ? reply.clearCookie(COOKIE, cookie()).send({}) : answerFault(reply, own.error)
  })
}
