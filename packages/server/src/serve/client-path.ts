import { assert, splitAtUri } from '@waypost/kernel'

/** The client's page of a check-in; those of Waypost's own collection are known by author and key alone. */
export function checkinPath(uri: string): string {
  const parts = splitAtUri(uri)
  assert(parts !== undefined, 'a check-in that is shown has the address of a record')
  const collection = parts.collection === 'app.waypost.checkin' ? '' : `${parts.collection}/`
  return `/checkin/${parts.did}/${collection}${parts.rkey}`
}
