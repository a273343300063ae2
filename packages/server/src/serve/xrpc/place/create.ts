import { app } from '@waypost/lexicon'
import { refuse, type Result } from '@waypost/kernel'
import { readPosition } from '#query/area.ts'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { datetime, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.place.create.main>

export function createPlace(writing: Writing) {
  return async ({ name, geo, address, category }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    if (readPosition(geo.latitude, geo.longitude) === undefined) {
      return refuse(xrpcFault(400, 'InvalidRecord', 'geo is not a point on Earth'))
    }
    return writeRecord(writing, member, {
      kind: 'place',
      schema: app.waypost.place.main,
      rkey: writing.nextTid(),
      record: {
        $type: 'app.waypost.place',
        name,
        geo,
        ...(address !== undefined && { address }),
        ...(category !== undefined && { category }),
        createdAt: datetime(writing.world.clock.now()),
      },
    })
  }
}
