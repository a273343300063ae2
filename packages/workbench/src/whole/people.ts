import { atUri, tidFrom, type AtUri, type Did, type Random, type World } from '@waypost/kernel'
import {
  accountFrame,
  cidOf,
  commitFrame,
  createSignedRepo,
  deriveSigningKey,
  type Account,
  type RepoWrite,
  type SignedRepo,
} from '@waypost/load'
import { pick, roll } from '../time/dice.ts'
import type { Host } from './host.ts'

export const CHECKIN = 'app.waypost.checkin'
export const COMMENT = 'app.waypost.comment'
export const LIKE = 'community.lexicon.interaction.like'
export const FOLLOW = 'app.bsky.graph.follow'
export const BLOCK = 'app.bsky.graph.block'

export const PLACES = ['1', '2', '3', '4', '5'] as const

/** Somebody, with what truly stands in their repository: what the oracle goes by. */
export interface Person {
  readonly name: string
  readonly did: Did
  readonly host: Host
  /** `did:key:…` */
  readonly signingKey: string
  readonly repo: SignedRepo
  readonly account: Account
  /** By collection and record key. */
  readonly records: Map<string, Standing>
  /** Follows and blocks and writes nothing of ours: known to a server only because they signed in. */
  readonly lurks: boolean
  checkinsMade: number
}

export interface Standing {
  readonly collection: string
  readonly rkey: string
  readonly record: Fields
}

/** What is used of the records that people write. */
export interface Fields {
  readonly $type: string
  readonly createdAt: string
  readonly visitedAt?: string
  readonly text?: string
  readonly place?: Place
  /** A person, or a record. */
  readonly subject?: string | { readonly uri: string; readonly cid: string }
}

export interface Place {
  readonly name: string
  readonly refs?: readonly { readonly $type: string; readonly type: string; readonly id: string }[]
}

/** What somebody did, for the history. `silently`: the host told nobody. */
export interface Deed {
  readonly person: Person
  readonly words: string
}

const NAMES = ['ana', 'ben', 'cem', 'dora', 'eli', 'fay', 'gus', 'hana', 'ivo', 'jo', 'kim', 'leo'] as const
export const PEOPLE_MAX = NAMES.length
/** More in an hour are no news any more, by a rule that the oracle leaves out. */
const CHECKINS_MAX = 28
const BURST = 8
/** What is said of somebody who turns their account on again. */
export const RETURNS = 'is back'
const DAY_MS = 86_400_000
const DID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

export async function join(
  seed: number,
  number: number,
  options: { host: Host; world: World; lurks: boolean },
): Promise<Person> {
  const { host, world, lurks } = options
  const name = NAMES[number]!
  const did: Did = `did:plc:${name.padEnd(8, 'a')}${digits(seed)}`
  const key = await deriveSigningKey(`${seed}/${name}`)
  const repo = createSignedRepo({ did, key, clock: world.clock, clockId: number })
  const account: Account = {
    did,
    repo,
    pds: host.url,
    handle: `${name}.example.com`,
    active: true,
    status: undefined,
  }
  host.accounts.set(did, account)
  return { name, did, host, signingKey: key.did, repo, account, records: new Map(), lurks, checkinsMade: 0 }
}

/** A number as the sixteen last letters of a did:plc. */
function digits(seed: number): string {
  let text = ''
  for (let left = seed; text.length < 16; left = Math.floor(left / 32)) text += DID_ALPHABET[left % 32]!
  return text
}

export interface Acting {
  readonly people: readonly Person[]
  readonly dice: Random
  readonly world: World
  /** Whether the host keeps the next commit to itself. */
  isSilent(person: Person): boolean
}

type Act = (acting: Acting, person: Person) => Promise<string | undefined>

/** By dice, in these shares. */
const ACTS: readonly (readonly [share: number, act: Act])[] = [
  [30, checkIn],
  [8, edit],
  [8, takeBack],
  [14, like],
  [10, comment],
  [8, follow],
  [4, (acting, person) => drop(acting, person, FOLLOW)],
  [4, block],
  [4, (acting, person) => drop(acting, person, BLOCK)],
  [3, (acting, person) => drop(acting, person, LIKE)],
  [3, (acting, person) => drop(acting, person, COMMENT)],
  [4, turnAway],
  [1, end],
  [2, bringOld],
]
const LURKED: readonly (readonly [share: number, act: Act])[] = [
  [10, follow],
  [4, (acting, person) => drop(acting, person, FOLLOW)],
  [4, block],
  [4, (acting, person) => drop(acting, person, BLOCK)],
  [2, turnAway],
]

/** One deed of somebody's; undefined where the dice chose what can't be done. */
export async function act(acting: Acting): Promise<Deed | undefined> {
  const { dice, people } = acting
  const present = people.filter(({ account }) => account.status !== 'deleted')
  if (present.length === 0) return undefined
  const person = pick(dice, present)
  if (!person.account.active) {
    setAccount(person, { active: true })
    return { person, words: RETURNS }
  }
  const acts = person.lurks ? LURKED : ACTS
  let left = roll(
    dice,
    acts.reduce((sum, [share]) => sum + share, 0),
  )
  const chosen = acts.find(([share]) => (left -= share) < 0)![1]
  const words = await chosen(acting, person)
  return words === undefined ? undefined : { person, words }
}

/** The first commit of somebody says all there is of them. */
export function introduce(acting: Acting, person: Person): Promise<string> {
  const record = { $type: 'app.waypost.profile', displayName: person.name, createdAt: timeOf(acting) }
  return write(acting, person, [{ action: 'create', collection: 'app.waypost.profile', rkey: 'self', record }], 'joins')
}

/** A commit that says nothing of ours. */
export function stir(acting: Acting, person: Person): Promise<string> {
  return write(acting, person, [created(acting, 'app.bsky.feed.post', { text: 'good morning' })], 'says something else')
}

async function checkIn(acting: Acting, person: Person): Promise<string | undefined> {
  if (person.checkinsMade >= CHECKINS_MAX) return undefined
  person.checkinsMade++
  const place = pick(acting.dice, PLACES)
  return write(acting, person, [created(acting, CHECKIN, { place: placeOf(place) })], `checks in at place ${place}`)
}

/** Visits of long ago, told in one go. */
async function bringOld(acting: Acting, person: Person): Promise<string | undefined> {
  if (person.checkinsMade + BURST > CHECKINS_MAX) return undefined
  person.checkinsMade += BURST
  const nowMs = acting.world.clock.now()
  const writes = Array.from({ length: BURST }, (_, nth) => {
    const visitedAt = new Date(nowMs - (400 - nth) * DAY_MS).toISOString()
    return created(acting, CHECKIN, { place: placeOf(pick(acting.dice, PLACES)), visitedAt }, nth)
  })
  return write(acting, person, writes, `brings ${BURST} old visits`)
}

async function edit(acting: Acting, person: Person): Promise<string | undefined> {
  const own = of(person, CHECKIN)
  if (own.length === 0) return undefined
  const { collection, rkey, record } = pick(acting.dice, own)
  const moved = roll(acting.dice, 2) === 0 ? { place: placeOf(pick(acting.dice, PLACES)) } : {}
  const edited = { ...record, ...moved, text: `Edited at ${timeOf(acting)}.` }
  return write(acting, person, [{ action: 'update', collection, rkey, record: edited }], `edits check-in ${rkey}`)
}

function takeBack(acting: Acting, person: Person): Promise<string | undefined> {
  return drop(acting, person, CHECKIN)
}

async function drop(acting: Acting, person: Person, collection: string): Promise<string | undefined> {
  const own = of(person, collection)
  if (own.length === 0) return undefined
  const { rkey } = pick(acting.dice, own)
  return write(acting, person, [{ action: 'delete', collection, rkey }], `deletes ${collection} ${rkey}`)
}

async function like(acting: Acting, person: Person): Promise<string | undefined> {
  const subject = someCheckin(acting)
  return subject && write(acting, person, [created(acting, LIKE, { subject })], `likes ${subject.uri}`)
}

async function comment(acting: Acting, person: Person): Promise<string | undefined> {
  const subject = someCheckin(acting)
  return (
    subject && write(acting, person, [created(acting, COMMENT, { subject, text: 'Nice.' })], `comments ${subject.uri}`)
  )
}

async function follow(acting: Acting, person: Person): Promise<string | undefined> {
  return relate(acting, person, FOLLOW)
}

async function block(acting: Acting, person: Person): Promise<string | undefined> {
  return relate(acting, person, BLOCK)
}

async function relate(acting: Acting, person: Person, collection: string): Promise<string | undefined> {
  const other = pick(acting.dice, acting.people)
  const known = of(person, collection).some(({ record }) => record['subject'] === other.did)
  if (other === person || known) return undefined
  return write(acting, person, [created(acting, collection, { subject: other.did })], `${collection} ${other.name}`)
}

async function turnAway(_: Acting, person: Person): Promise<string> {
  setAccount(person, { active: false, status: 'deactivated' })
  return 'deactivates the account'
}

async function end(_: Acting, person: Person): Promise<string> {
  setAccount(person, { active: false, status: 'deleted' })
  return 'deletes the account'
}

function setAccount({ account, host, did }: Person, state: { active: boolean; status?: string }): void {
  account.active = state.active
  account.status = state.status
  host.publish((stamp) => accountFrame(stamp, { did, ...state }))
}

async function write(acting: Acting, person: Person, writes: readonly RepoWrite[], words: string): Promise<string> {
  const commit = await person.repo.commit(writes)
  for (const { action, collection, rkey, record } of writes) {
    if (action === 'delete') person.records.delete(`${collection}/${rkey}`)
    else person.records.set(`${collection}/${rkey}`, { collection, rkey, record: record as Fields })
  }
  if (acting.isSilent(person)) return `${words} (rev ${commit.rev}), and the host tells nobody`
  person.host.publish((stamp) => commitFrame(stamp, commit))
  return `${words} (rev ${commit.rev})`
}

/** A write of something new; `nth` tells those of one moment apart. */
export function created(acting: Acting, collection: string, fields: object, nth = 0): RepoWrite & { record: object } {
  const micros = acting.world.clock.now() * 1_000 + nth
  const rkey = tidFrom(micros, roll(acting.dice, 1_024))
  return { action: 'create', collection, rkey, record: { $type: collection, ...fields, createdAt: timeOf(acting) } }
}

function timeOf({ world }: Acting): string {
  return new Date(world.clock.now()).toISOString()
}

function placeOf(id: string): Place & { readonly geo: object } {
  return {
    name: `Place ${id}`,
    refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id }],
    geo: { $type: 'community.lexicon.location.geo', latitude: `40.7${id}`, longitude: `-73.9${id}` },
  }
}

function of(person: Person, collection: string): readonly Standing[] {
  return [...person.records.values()].filter((standing) => standing.collection === collection)
}

function someCheckin({ people, dice }: Acting): { readonly uri: AtUri; readonly cid: string } | undefined {
  const all = people.flatMap((person) => of(person, CHECKIN).map((standing) => ({ person, standing })))
  if (all.length === 0) return undefined
  const { person, standing } = pick(dice, all.slice(-30))
  return { uri: atUri(person.did, CHECKIN, standing.rkey), cid: cidOf(standing.record) }
}
