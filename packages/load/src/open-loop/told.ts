import * as CBOR from '@atcute/cbor'
import { tidMicros, type Did, type Tid } from '@waypost/kernel'
import type { Recording } from '../recorded/recording.ts'

/** What a server tells live of one person within an hour; whatever is beyond it is history, told to nobody. */
export const LIVE_AN_HOUR_MAX = 30
const HOUR_MICROS = 3_600_000_000

type Messages = Pick<Recording, 'message' | 'messagesOf'>

/**
 * The check-ins that the messages from `from` to `through` of a recording create and a server tells live, by address, with
 * their message's number; without those that are deleted again there: whoever follows may never see them.
 */
export function toldIn(recording: Messages, from: number, through: number): ReadonlyMap<string, number> {
  const told = new Map<string, number>()
  const busy = new Map<Did, { hour: number; count: number }>()
  for (let number = from; number < through; number++) {
    const commit = commitIn(recording, number)
    if (commit === undefined) continue
    const { did, hour, created, deleted } = commit
    let person = busy.get(did) ?? { hour, count: createdBefore(recording, number, commit) }
    if (person.hour !== hour) person = { hour, count: 0 }
    busy.set(did, person)
    for (const uri of created) if (++person.count <= LIVE_AN_HOUR_MAX) told.set(uri, number)
    for (const uri of deleted) told.delete(uri)
  }
  return told
}

interface Commit {
  readonly did: Did
  readonly hour: number
  readonly created: readonly string[]
  readonly deleted: readonly string[]
}

/** Undefined where the message is no commit. */
function commitIn(recording: Messages, number: number): Commit | undefined {
  const [header, body] = CBOR.decodeFirst(recording.message(number))
  if (header.t !== '#commit') return undefined
  const { repo, rev, ops } = CBOR.decode(body) as {
    readonly repo: Did
    readonly rev: Tid
    readonly ops: readonly { readonly action: string; readonly path: string }[]
  }
  const urisOf = (action: string): readonly string[] =>
    ops
      .filter((op) => op.action === action && op.path.startsWith('app.waypost.checkin/'))
      .map(({ path }) => `at://${repo}/${path}`)
  return {
    did: repo,
    hour: Math.floor(tidMicros(rev) / HOUR_MICROS),
    created: urisOf('create'),
    deleted: urisOf('delete'),
  }
}

/** How many check-ins the same person made in the same hour before a message. */
function createdBefore(recording: Messages, number: number, { did, hour }: Commit): number {
  let count = 0
  for (const earlier of recording.messagesOf(did, number).toReversed()) {
    const commit = commitIn(recording, earlier)
    if (commit === undefined) continue
    if (commit.hour !== hour) break
    count += commit.created.length
  }
  return count
}
