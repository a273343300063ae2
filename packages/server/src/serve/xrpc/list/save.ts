import { app } from '@waypost/lexicon'
import { refuse, type Result } from '@waypost/kernel'
import { placeId } from '#project/place-id.ts'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createOwnMarks } from '#serve/own-mark.ts'
import { datetime, ownKey, writeRecord, type Writing, type Written } from '#serve/writing.ts'
import type { InputOf, SignedIn } from '#serve/xrpc/method.ts'

type Input = InputOf<typeof app.waypost.list.save.main>

export function save(writing: Writing) {
  const markOnce = createOwnMarks()
  return async ({ place, list, note }: Input, member: SignedIn): Promise<Result<Written, XrpcFault>> => {
    const key = placeId(place)
    if (key === undefined) return refuse(xrpcFault(400, 'InvalidRecord', 'nothing identifies that place'))
    if (list !== undefined && !(await isOwnList(writing, member, list))) {
      return refuse(xrpcFault(400, 'NotFound', 'that is no list of yours'))
    }
    return markOnce(member, `${key} ${list ?? ''}`, {
      known: () => writing.own.saves(member.did, key).filter((saved) => saved.list === list),
      write: () =>
        writeRecord(writing, member, {
          kind: 'list',
          schema: app.waypost.listItem.main,
          rkey: writing.nextTid(),
          record: {
            $type: 'app.waypost.listItem',
            place,
            ...(list !== undefined && { list }),
            ...(note !== undefined && { note }),
            createdAt: datetime(writing.world.clock.now()),
          },
        }),
    })
  }
}

/** Where our read model does not know it, it may be too new: the person's PDS knows. */
async function isOwnList({ own, pds }: Writing, member: SignedIn, list: string): Promise<boolean> {
  const key = ownKey(list, member, app.waypost.list.main.$type)
  if (key === undefined) return false
  return own.isList(list) || (await pds.ask(member.did, 'com.atproto.repo.getRecord', { repo: member.did, ...key })).ok
}
