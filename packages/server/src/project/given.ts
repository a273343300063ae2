import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { CidLinkWrapper, encode } from '@atcute/cbor'
import { atUri, tidFrom, type AtUri, type Cid, type Did, type Handle, type Nsid, type Tid } from '@waypost/kernel'
import type { LoggedEvent } from '#log/log.ts'
import type { EventBody, RecordOp, RecordPut, RepoHead } from '#verify/event.ts'
import { digest, type Digest } from './digest.ts'
import { prepareBatches, type Committed } from './batch.ts'
import type { Change } from './projection.ts'
import { openReadModel, type ReadModel } from './read-model.ts'

/**
 * Stories for tests: what people did, in order, becomes the events that the log would hold of it.
 * `given(checkedIn('ana', cafe), deleted('ana', cafe)).project(checkins).shows([])`
 */

/** When stories begin; each step is a minute after the one before. */
export const STORY_START_MS = Date.UTC(2026, 0, 1)
const STEP_MS = 60_000

/** A step knows the story so far: what time it is and what each repository holds. */
export type Step = (story: Story) => EventBody

export interface Story {
  readonly now: number
  repo(who: string): StoryRepo
  head(who: string): RepoHead
  nextRev(who: string): Tid
}

interface StoryRepo {
  readonly records: Map<string, RecordPut>
  rev: Tid | undefined
  active: boolean
  status: string | undefined
}

/** The DID of a person of a story. */
export function didOf(who: string): Did {
  return `did:plc:${who
    .toLowerCase()
    .replace(/[^a-z2-7]/g, 'x')
    .padEnd(24, 'a')
    .slice(0, 24)}`
}

export function cidOf(bytes: Uint8Array, codec: 'record' | 'blob' = 'record'): Cid {
  const digestOf = createHash('sha256').update(bytes).digest()
  return new CidLinkWrapper(Uint8Array.from([1, codec === 'record' ? 0x71 : 0x55, 0x12, 0x20, ...digestOf])).$link
}

/** A blob reference as records carry it; `seed` stands for the image. */
export function blobOf(seed: string): Record<string, unknown> {
  const ref = { $link: cidOf(Buffer.from(seed), 'blob') }
  return { $type: 'blob', ref, mimeType: 'image/jpeg', size: 1_000 }
}

/** The same name gives the same rkey in every story. */
export function rkeyOf(name: string): string {
  return tidFrom(STORY_START_MS * 1_000 + createHash('sha256').update(name).digest().readUInt32BE(0), 1)
}

export function uriOf(who: string, collection: string, name: string): AtUri {
  return atUri(didOf(who), collection, rkeyOf(name))
}

export function checkinUri(who: string, name: string): AtUri {
  return uriOf(who, 'app.waypost.checkin', name)
}

export const cafe = {
  name: 'Café Mitte',
  refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '240109189' }],
  geo: { latitude: '52.52000', longitude: '13.40500' },
  address: { country: 'DE', locality: 'Berlin' },
  category: 'food.cafe',
}

/** A valid record, as verification finds it in a commit. */
export function putOf(collection: string, rkey: string, value: object): RecordPut {
  const record = encode(value).slice()
  return { action: 'put', collection: collection as Nsid, rkey, cid: cidOf(record), record, valid: true }
}

/** Puts a record under a key that its name gives; `self` stays `self`. */
export function wrote(
  who: string,
  collection: string,
  name: string,
  record: (now: string) => Record<string, unknown>,
  options: { readonly valid?: boolean } = {},
): Step {
  return (story) => {
    const value = { $type: collection, ...record(new Date(story.now).toISOString()) }
    const put = putOf(collection, name === 'self' ? 'self' : rkeyOf(name), value)
    return commit(story, who, { ...put, valid: options.valid ?? true })
  }
}

export function checkedIn(
  who: string,
  name: string,
  fields: Record<string, unknown> = {},
  options: { readonly valid?: boolean } = {},
): Step {
  return wrote(who, 'app.waypost.checkin', name, (createdAt) => ({ place: cafe, createdAt, ...fields }), options)
}

/** A check-in at a moment (milliseconds since 1970) with the record key of that moment: one that counts for the game. */
export function stayed(who: string, place: object, at: number, fields: Record<string, unknown> = {}): Step {
  const createdAt = new Date(at).toISOString()
  return (story) => commit(story, who, putOf('app.waypost.checkin', stayKey(at), { place, createdAt, ...fields }))
}

/** Takes it back. */
export function unstayed(who: string, at: number): Step {
  return (story) =>
    commit(story, who, { action: 'delete', collection: 'app.waypost.checkin' as Nsid, rkey: stayKey(at) })
}

function stayKey(at: number): string {
  return tidFrom(at * 1_000, 3)
}

/** Says that they were at somebody's stay too. */
export function agreed(who: string, author: string, at: number): Step {
  const subject = refOf(`at://${didOf(author)}/app.waypost.checkin/${stayKey(at)}`)
  return wrote(who, 'app.waypost.companion', `to ${at}`, (createdAt) => ({ subject, createdAt }))
}

/** A strong reference, to whatever version. */
export function refOf(uri: string): { readonly uri: string; readonly cid: Cid } {
  return { uri, cid: cidOf(Buffer.of()) }
}

export function liked(who: string, subject: string, name = `like ${subject}`): Step {
  const collection = 'community.lexicon.interaction.like'
  return wrote(who, collection, name, (createdAt) => ({ subject: refOf(subject), createdAt }))
}

export function commented(who: string, subject: string, text: string, name = text): Step {
  const target = { uri: subject, cid: cidOf(Buffer.of()) }
  return wrote(who, 'app.waypost.comment', name, (createdAt) => ({ subject: target, text, createdAt }))
}

export function followed(who: string, whom: string): Step {
  return wrote(who, 'app.bsky.graph.follow', `follow ${whom}`, (createdAt) => ({ subject: didOf(whom), createdAt }))
}

export function blocked(who: string, whom: string): Step {
  return wrote(who, 'app.bsky.graph.block', `block ${whom}`, (createdAt) => ({ subject: didOf(whom), createdAt }))
}

export function removed(who: string, collection: string, name: string): Step {
  return (story) => commit(story, who, { action: 'delete', collection: collection as Nsid, rkey: rkeyOf(name) })
}

/** Takes a check-in back. */
export function deleted(who: string, name: string): Step {
  return removed(who, 'app.waypost.checkin', name)
}

export function called(who: string, handle: string | undefined): Step {
  return (story) => {
    story.repo(who)
    return { kind: 'identity', ...about(story, who), handle: handle as Handle | undefined, pds: 'https://pds.example' }
  }
}

/** The account's own state: `active`, or not and why. */
export function account(who: string, status: string): Step {
  return (story) => {
    const repo = story.repo(who)
    repo.active = status === 'active'
    repo.status = repo.active ? undefined : status
    if (status === 'deleted') repo.records.clear()
    return { kind: 'account', ...about(story, who) }
  }
}

/** The whole repository as it stands now, at its newest rev. */
export function snapshot(who: string): Step {
  return (story) => {
    const rev = story.repo(who).rev ?? story.nextRev(who)
    return { kind: 'repo', ...about(story, who), rev, records: [...story.repo(who).records.values()] }
  }
}

function commit(story: Story, who: string, op: RecordOp): EventBody {
  const { records } = story.repo(who)
  const rev = story.nextRev(who)
  if (op.action === 'put') records.set(`${op.collection}/${op.rkey}`, op)
  else records.delete(`${op.collection}/${op.rkey}`)
  return { kind: 'commit', ...about(story, who), rev, ops: [op] }
}

function about(story: Story, who: string) {
  return { did: didOf(who), source: { host: 'https://pds.example', seq: 0 }, head: story.head(who) }
}

/** The events of a story, one a step. */
export function tell(steps: readonly Step[]): readonly EventBody[] {
  const repos = new Map<string, StoryRepo>()
  let now = STORY_START_MS
  const story: Story = {
    get now() {
      return now
    },
    repo(who) {
      const found = repos.get(who) ?? { records: new Map(), rev: undefined, active: true, status: undefined }
      repos.set(who, found)
      return found
    },
    head(who) {
      const { rev, active, status } = this.repo(who)
      return { rev, data: undefined, active, status }
    },
    nextRev(who) {
      // Half a second after the author's clock.
      return (this.repo(who).rev = tidFrom((now + 500) * 1_000, 7))
    },
  }
  return steps.map((step) => {
    const event = step(story)
    now += STEP_MS
    return event
  })
}

/** At the positions that a log with nobody else's events would give them. */
export function logged(events: readonly EventBody[], after = 0): readonly LoggedEvent[] {
  return events.map((event, index) => ({ position: after + index + 1, receivedAt: 0, event }))
}

export interface Given extends Disposable {
  readonly readModel: ReadModel
  readonly changes: readonly Change[]
  /** What the newest batch changed. */
  readonly last: Committed
  /** Tells more. */
  and(events: readonly EventBody[]): Given
  project<T>(read: (readModel: ReadModel) => T): { shows(expected: T): Given; readonly value: T }
  digest(): Digest
}

/** A read model on disk, in a folder of its own, that has folded the story in. */
export function given(...steps: readonly Step[]): Given {
  return givenEvents(tell(steps))
}

/** `building`: as a rebuild does it, which ends with `completeReadModel`. */
export function givenEvents(events: readonly EventBody[], { building = false } = {}): Given {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-project-'))
  const readModel = openReadModel({ folder, building })
  const begin = prepareBatches(readModel)
  const changes: Change[] = []
  let last: Committed
  const story: Given = {
    readModel,
    changes,
    get last() {
      return last
    },
    and(more) {
      const after = readModel.position()
      const batch = begin()
      batch.fold(logged(more, after))
      last = batch.commit(after + more.length)
      changes.push(...last.changes)
      return story
    },
    project(read) {
      const value = read(readModel)
      return {
        value,
        shows(expected) {
          assert.deepEqual(value, expected)
          return story
        },
      }
    },
    digest: () => digest(readModel),
    [Symbol.dispose]() {
      readModel[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return story.and(events)
}
