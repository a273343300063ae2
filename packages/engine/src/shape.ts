import { assert } from '@waypost/kernel'
import { BODY_BYTES_MAX, type NewEntry } from './port.ts'

/** A DID has up to 2,048 characters; ours put a word or two before it. */
const NAME_LENGTH_MAX = 2_560
const BLOB_NAME = /^[A-Za-z0-9._/-]{1,512}$/
const BLOB_PART_LENGTH_MAX = 200

/** Keys, ids and hosts come from our own code, which checked strangers' text before: a bad one is our own fault. */
export function assertName(text: string, what: string): void {
  assert(text.length > 0 && text.length <= NAME_LENGTH_MAX, `${what} has 1 to ${NAME_LENGTH_MAX} characters`)
  assert(text.isWellFormed() && !text.includes('\0'), `${what} is well-formed text without NUL`)
}

export function assertEntry(entry: NewEntry): void {
  assertName(entry.key, "an entry's key")
  assertName(entry.id, "an entry's id")
  assert(entry.body.byteLength <= BODY_BYTES_MAX, `an entry's body has at most ${BODY_BYTES_MAX} bytes`)
  if (!entry.source) return
  assertName(entry.source.host, "an entry's host")
  assert(Number.isSafeInteger(entry.source.seq) && entry.source.seq >= 0, "an entry's seq is an integer, 0 or more")
}

export function assertPosition(position: number, what: string): void {
  assert(Number.isSafeInteger(position) && position >= 0, `${what} is an integer, 0 or more`)
}

export function assertLimit(limit: number): void {
  assert(Number.isSafeInteger(limit) && limit > 0, 'a limit is an integer, 1 or more')
}

export function assertBlobName(name: string): void {
  assert(BLOB_NAME.test(name), "a blob's name has 1 to 512 of A-Z a-z 0-9 . _ / -")
  for (const part of name.split('/')) {
    assert(part !== '' && part !== '.' && part !== '..', "no part of a blob's name is empty, . or ..")
    assert(part.length <= BLOB_PART_LENGTH_MAX, `no part of a blob's name is longer than ${BLOB_PART_LENGTH_MAX}`)
  }
}
