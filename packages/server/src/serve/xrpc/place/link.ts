import { app } from '@waypost/lexicon'
import { refuse, type Result } from '@waypost/kernel'
import { placeId } from '#project/place-id.ts'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createOwnMarks } from '#serve/own-mark.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.place.link.main>

const WHY_NOT = {
  PlaceNotFound: 'nobody knows one of these places',
  SamePlace: 'they are one place already',
  TooFarApart: 'they lie too far apart to be one place, or it is not known where one is',
} as const

export function linkPlaces(writing: Writing) {
  const markOnce = createOwnMarks()
  return async ({ place, sameAs }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    const [one, other] = [placeId(place), placeId(sameAs)]
    if (one === undefined || other === undefined) {
      return refuse(xrpcFault(400, 'InvalidRecord', 'nothing identifies one of these places'))
    }
    const check = writing.own.canBeOne(one, other)
    if (!check.ok) return refuse(xrpcFault(400, check.error, WHY_NOT[check.error]))
    return markOnce(member, [one, other].toSorted().join(' '), {
      known: () => writing.own.placeLinks(member.did, one, other),
      write: () =>
        writeRecord(writing, member, {
          kind: 'placeLink',
          schema: app.waypost.placeLink.main,
          rkey: writing.nextTid(),
          record: {
            $type: 'app.waypost.placeLink',
            place,
            sameAs,
            createdAt: datetime(writing.world.clock.now()),
          },
        }),
    })
  }
}
