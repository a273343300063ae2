import { hash } from 'node:crypto'
import { atUri, tidFrom, type Did, type Random, type Tid } from '@waypost/kernel'
import type { HostEvent } from './fake-host.ts'
import { deriveSigningKey, type SigningKey } from './key.ts'
import { cidOf, type RepoWrite } from './signed-repo.ts'

/** Somebody who exists for a test only: the DID is of the right form, and no directory's. */
export interface GeneratedPerson {
  readonly did: Did
  readonly handle: string
  readonly key: SigningKey
}

/** Every fifth signs with P-256. The same seed gives the same people. */
export async function generatePeople(seed: string, count: number): Promise<readonly GeneratedPerson[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, number) => ({
      did: generatedDid(`${seed} ${number}`),
      handle: `person${number}.test`,
      key: await deriveSigningKey(`${seed} ${number}`, number % 5 === 4 ? 'p256' : 'k256'),
    })),
  )
}

export function generatedDid(seed: string): Did {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  return `did:plc:${[...hash('sha256', seed, 'buffer')]
    .slice(0, 24)
    .map((byte) => letters[byte % 32])
    .join('')}`
}

const CHECKIN = 'app.waypost.checkin'
const LIKE = 'community.lexicon.interaction.like'
const PLACES = 60
const STEP_MS = 1_000
/** A TID has room for so many; a person's own keys differ by their time. */
const CLOCK_IDS = 1_024

interface Standing {
  readonly uri: string
  readonly rkey: string
  record: object
}

/**
 * A short life of so many people on one host, `commitsEach` commits a person, in an order that the dice decide: they
 * check in, edit, delete, like and follow; some change their handle, go and come back, are taken down or deleted.
 * `startMs` (milliseconds since 1970) is when it begins; it goes on by a second a commit. The same dice give the same
 * events.
 */
export function* generatedEvents(
  people: readonly GeneratedPerson[],
  options: { readonly random: Random; readonly commitsEach: number; readonly startMs: number },
): Generator<HostEvent, void> {
  const { random, commitsEach, startMs } = options
  const pick = (count: number): number => Math.floor(random.fraction() * count)
  const standing: Standing[][] = people.map(() => [])
  let step = 0
  const at = (): number => (startMs + step * STEP_MS) * 1_000
  const keyAt = (micros: number, number: number): Tid => tidFrom(micros, number % CLOCK_IDS)
  const createdAt = (): string => new Date(startMs + step * STEP_MS).toISOString()

  for (const [number, { did, handle }] of people.entries()) {
    yield { kind: 'identity', did, handle }
    yield { kind: 'account', did, active: true }
    const writes: RepoWrite[] = [1, 2, 3].map((ahead) => {
      const subject = people[(number + ahead) % people.length]!.did
      const record = { $type: 'app.bsky.graph.follow', subject, createdAt: createdAt() }
      return { action: 'create', collection: 'app.bsky.graph.follow', rkey: keyAt(at() + ahead, number), record }
    })
    const profile = { $type: 'app.waypost.profile', displayName: `Person ${number}`, createdAt: createdAt() }
    writes.push({ action: 'create', collection: 'app.waypost.profile', rkey: 'self', record: profile })
    yield { kind: 'commit', did, writes, at: at() }
    step++
  }

  function checkin(number: number, nth: number): RepoWrite {
    const place = pick(PLACES)
    const record = {
      $type: CHECKIN,
      createdAt: createdAt(),
      place: { name: `Place ${place}`, geo: { latitude: `40.${700 + place}`, longitude: `-73.${900 + place}` } },
      ...(pick(3) === 0 && { text: `Visit ${step} to place ${place}.` }),
    }
    const rkey = keyAt(at() + nth, number)
    standing[number]!.push({ uri: atUri(people[number]!.did, CHECKIN, rkey), rkey, record })
    return { action: 'create', collection: CHECKIN, rkey, record }
  }

  function writesOf(number: number): RepoWrite[] {
    const own = standing[number]!
    const dice = random.fraction()
    if (dice < 0.1 && own.length > 0) {
      const [gone] = own.splice(pick(own.length), 1)
      return [{ action: 'delete', collection: CHECKIN, rkey: gone!.rkey }]
    }
    if (dice < 0.2 && own.length > 0) {
      const edited = own[pick(own.length)]!
      edited.record = { ...edited.record, text: `Edited at step ${step}.` }
      return [{ action: 'update', collection: CHECKIN, rkey: edited.rkey, record: edited.record }]
    }
    const liked = standing[pick(people.length)]!.at(-1)
    if (dice < 0.3 && liked) {
      const subject = { uri: liked.uri, cid: cidOf(liked.record) }
      const record = { $type: LIKE, subject, createdAt: createdAt() }
      return [{ action: 'create', collection: LIKE, rkey: keyAt(at(), number), record }]
    }
    return Array.from({ length: 1 + pick(3) }, (_, nth) => checkin(number, nth))
  }

  const left = people.map(() => commitsEach)
  const away = new Set<number>()
  const busy = [...people.keys()]
  while (busy.length > 0) {
    const turn = pick(busy.length)
    const number = busy[turn]!
    const { did } = people[number]!
    if (away.delete(number)) yield { kind: 'account', did, active: true }
    yield { kind: 'commit', did, writes: writesOf(number), at: at() }
    step++
    left[number]!--
    yield* change(number, left[number]! / commitsEach)
    if (left[number] === 0) busy.splice(turn, 1)
  }

  /** Some people's turns of fate, at half of their commits and after the last one. */
  function* change(number: number, share: number): Generator<HostEvent, void> {
    const { did, handle } = people[number]!
    if (share === 0.5 && number % 8 === 1) {
      away.add(number)
      yield { kind: 'account', did, active: false, status: 'deactivated' }
    }
    if (share === 0.5 && number % 8 === 3) yield { kind: 'identity', did, handle: `new-${handle}` }
    if (share === 0 && number % 8 === 5) yield { kind: 'account', did, active: false, status: 'takendown' }
    if (share === 0 && number % 8 === 7) yield { kind: 'account', did, active: false, status: 'deleted' }
    if (share === 0 && number % 8 === 2) yield { kind: 'sync', did }
  }
}
