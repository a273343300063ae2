import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import type { HereNow } from '#serve/presence/here-now.ts'
import { createRateLimit } from '#serve/rate-limit.ts'
import { datetime, type Writing } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.presence.enter.main>
type Output = app.waypost.presence.enter.$OutputBody

/** Of one person. Check-ins are limited by the person's own server. */
const ENTERED_PER_HOUR_MAX = 60

const REFUSED = {
  over: xrpcFault(400, 'NotHere', 'this check-in does not say any more that you are somewhere'),
  full: xrpcFault(503, 'TooManyPresent', 'no more people are remembered; try again later'),
}

export function enter({ own, world }: Pick<Writing, 'own' | 'world'>, hereNow: HereNow) {
  const limit = createRateLimit(world, { count: ENTERED_PER_HOUR_MAX, periodMs: 3_600_000 })
  return async ({ checkin }: Input, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    if (!limit.allow(member.did)) return refuse(xrpcFault(429, 'RateLimitExceeded', 'try again later'))
    const told = own.checkin(member.did, checkin)
    if (told === undefined) return refuse(xrpcFault(400, 'NotFound', 'that is no check-in of yours'))
    const until = hereNow.enter(member.did, told)
    return until.ok ? ok({ until: datetime(until.value) }) : refuse(REFUSED[until.error])
  }
}
