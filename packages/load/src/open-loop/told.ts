import * as CBOR from '@atcute/cbor'
import type { Recording } from '../recorded/recording.ts'

/**
 * The check-ins that the messages from `from` to `through` of a recording create, by address, with their message's number;
 * without those that are deleted again there: whoever follows may never see them.
 */
export function toldIn(recording: Recording, from: number, through: number): ReadonlyMap<string, number> {
  const told = new Map<string, number>()
  for (let number = from; number < through; number++) {
    const [header, body] = CBOR.decodeFirst(recording.message(number))
    if (header.t !== '#commit') continue
    const { repo, ops } = CBOR.decode(body) as {
      readonly repo: string
      readonly ops: readonly { readonly action: string; readonly path: string }[]
    }
    for (const { action, path } of ops) {
      if (!path.startsWith('app.waypost.checkin/')) continue
      if (action === 'create') told.set(`at://${repo}/${path}`, number)
      if (action === 'delete') told.delete(`at://${repo}/${path}`)
    }
  }
  return told
}
