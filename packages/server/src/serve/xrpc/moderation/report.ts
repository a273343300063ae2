import type { app } from '@waypost/lexicon'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import type { ReportSubject, Reports } from '#serve/moderation/reports.ts'
import { createRateLimit } from '#serve/rate-limit.ts'
import type { Writing } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.moderation.report.main>

/** Nobody finds more wrong in an hour by hand. */
const REPORTED_PER_HOUR_MAX = 30
const OF_PLACES_ALONE: readonly Input['reasonType'][] = [
  'doesNotExist',
  'closed',
  'wrongPosition',
  'wrongName',
  'duplicate',
]

export function report({ world, own }: Pick<Writing, 'world' | 'own'>, reports: Reports) {
  const limit = createRateLimit(world, { count: REPORTED_PER_HOUR_MAX, periodMs: 3_600_000 })
  return async (input: Input, member: SignedIn): Promise<Result<{ id: string }, XrpcFault>> => {
    if (!limit.allow(member.did)) return refuse(xrpcFault(429, 'RateLimitExceeded', 'try again later'))
    const { reasonType, reason = '' } = input
    const subject = subjectOf(input.subject)
    if (subject.kind !== 'place' && OF_PLACES_ALONE.includes(reasonType)) {
      return refuse(xrpcFault(400, 'InvalidReason', `${reasonType} is said of places`))
    }
    if (!own.isShown(subject)) return refuse(xrpcFault(400, 'NotFound', 'nothing of the kind is shown here'))
    const added = await reports.add({ by: member.did, subject, reasonType, reason: reason.trim() })
    if (!added.ok) {
      return refuse(
        xrpcFault(400, 'TooManyReports', 'no more of your reports are kept until the operator has read some'),
      )
    }
    return ok({ id: added.value })
  }
}

function subjectOf(subject: Input['subject']): ReportSubject {
  if ('place' in subject) return { kind: 'place', id: subject.place }
  if ('did' in subject) return { kind: 'person', id: subject.did as Did }
  return { kind: 'checkin', id: subject.uri }
}
