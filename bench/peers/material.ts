import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import {
  createSignedRepo,
  generatePeople,
  startDocumentDirectory,
  startFakeHost,
  type FakeHost,
  type GeneratedPerson,
  type Message,
  type RepoWrite,
} from '../../packages/load/src/index.ts'

/**
 * One network, told twice: the same people with the same keys, follows, words and times, once with check-ins and
 * Waypost's profiles, once with posts and Bluesky's. Each telling is signed repositories on a host of its own, with a
 * directory of its own, since a DID document names one host.
 */

export type Telling = 'waypost' | 'bsky'

/** What somebody wrote at one time. */
export interface Saying {
  readonly author: number
  readonly text: string
  /** Milliseconds since 1970; no two sayings have the same. */
  readonly atMs: number
}

export interface Network {
  readonly people: readonly GeneratedPerson[]
  /** By person, whom they follow. */
  readonly follows: readonly (readonly number[])[]
  /** How many sayings there are so far. */
  readonly said: number
  /** The next so many sayings of before now, by people whose turn the dice decide. */
  say(count: number): readonly Saying[]
  /** One more saying, of now. */
  sayNow(author: number): Saying
}

/** The host of one telling. */
export interface Teller extends AsyncDisposable {
  readonly host: FakeHost
  readonly directoryUrl: string
  /** Everybody's account, profile and follows: three messages a person. */
  open(): Promise<void>
  /** Signed commits of one record each, to be emitted later. */
  sign(sayings: readonly Saying[]): Promise<readonly Message[]>
  addressOf(saying: Saying): string
}

interface Place {
  readonly name: string
  readonly latitude: string
  readonly longitude: string
}

const SEED = 'waypost bench peers'
/** Each person's of before now, on average; past three times as many Waypost shows no more on timelines. */
const SAYINGS_PER_HOUR = 10
const WORDS = 'rain window coffee table late train friends again best view in town never too early for cake'.split(' ')
const WORDS_MIN = 4
const WORDS_MAX = 40
const PLACES = 500
/** When everybody joined. */
const OPENED_BEFORE_MS = 30 * 86_400_000
/** A TID has room for so many. */
const CLOCK_IDS = 1_024
const NAMES = {
  waypost: { saying: 'app.waypost.checkin', profile: 'app.waypost.profile' },
  bsky: { saying: 'app.bsky.feed.post', profile: 'app.bsky.actor.profile' },
} as const
const FOLLOW = 'app.bsky.graph.follow'

/** `sayings`: how many there will be of before now, at most. */
export async function makeNetwork(size: {
  readonly people: number
  readonly followsEach: number
  readonly sayings: number
}): Promise<Network> {
  const { random } = simWorld({ seed: 1 })
  const pick = (count: number): number => Math.floor(random.fraction() * count)
  const people = await generatePeople(SEED, size.people)
  const follows = people.map((_, person) => {
    const others = new Set<number>()
    while (others.size < size.followsEach) {
      const other = pick(people.length)
      if (other !== person) others.add(other)
    }
    return [...others]
  })
  const words = (): string => {
    const count = WORDS_MIN + pick(WORDS_MAX - WORDS_MIN)
    return Array.from({ length: count }, () => WORDS[pick(WORDS.length)]).join(' ')
  }
  const apartMs = Math.round(3_600_000 / SAYINGS_PER_HOUR / people.length)
  let pastMs = Date.now() - (size.sayings + 1) * apartMs
  let nowMs = 0
  let said = 0
  const saying = (author: number, atMs: number): Saying => {
    said++
    return { author, text: words(), atMs }
  }
  return {
    people,
    follows,
    get said() {
      return said
    },
    say: (count) => Array.from({ length: count }, () => saying(pick(people.length), (pastMs += apartMs))),
    sayNow: (author) => saying(author, (nowMs = Math.max(nowMs + 1, Date.now()))),
  }
}

export async function startTeller(telling: Telling, { people, follows }: Network): Promise<Teller> {
  const world = realWorld()
  const startMs = Date.now() - OPENED_BEFORE_MS
  await using opened = new AsyncDisposableStack()
  const host = opened.use(await startFakeHost({ world }))
  const directory = opened.use(await startDocumentDirectory())
  const repos = people.map(({ did, handle, key }) => {
    const repo = createSignedRepo({ did, key, clock: world.clock })
    directory.put({ did, handle, signingKey: key.did, pds: host.url })
    host.addAccount({ did, handle, repo })
    return repo
  })
  const running = opened.move()
  return {
    host,
    directoryUrl: directory.url,
    async open() {
      for (const [person, { did, handle }] of people.entries()) {
        await host.emit({ kind: 'identity', did, handle })
        await host.emit({ kind: 'account', did, active: true })
        const writes = openingOf(telling, { person, follows: follows[person]!.map((other) => people[other]!.did) })
        await host.emit({ kind: 'commit', did, writes, at: startMs * 1_000 })
      }
    },
    async sign(sayings) {
      const messages: Message[] = []
      for (const saying of sayings) {
        const { did } = repos[saying.author]!
        const commit = { kind: 'commit' as const, did, writes: [writeOf(telling, saying)], at: saying.atMs * 1_000 }
        messages.push(...(await host.compose(commit)))
      }
      return messages
    },
    addressOf: (saying) => `at://${people[saying.author]!.did}/${NAMES[telling].saying}/${keyOf(saying)}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }

  function openingOf(
    of: Telling,
    { person, follows: others }: { readonly person: number; readonly follows: readonly Did[] },
  ): readonly RepoWrite[] {
    const createdAt = new Date(startMs).toISOString()
    const collection = NAMES[of].profile
    const profile = { $type: collection, displayName: `Person ${person}`, createdAt }
    return [
      { action: 'create', collection, rkey: 'self', record: profile },
      ...others.map((subject, nth) => {
        const record = { $type: FOLLOW, subject, createdAt }
        return { action: 'create' as const, collection: FOLLOW, rkey: tidFrom(startMs * 1_000 + nth, 0), record }
      }),
    ]
  }
}

function writeOf(telling: Telling, saying: Saying): RepoWrite {
  const { text, atMs } = saying
  const collection = NAMES[telling].saying
  const said = { $type: collection, text, langs: ['en'], createdAt: new Date(atMs).toISOString() }
  const record = telling === 'bsky' ? said : { ...said, place: placeRecord(placeOf(saying)) }
  return { action: 'create', collection, rkey: keyOf(saying), record }
}

function placeRecord({ name, ...geo }: Place): object {
  return {
    name,
    geo: { $type: 'community.lexicon.location.geo', ...geo },
    address: { $type: 'community.lexicon.location.address', country: 'US' },
    category: 'food.cafe',
  }
}

function keyOf({ atMs, author }: Saying): string {
  return tidFrom(atMs * 1_000, author % CLOCK_IDS)
}

function placeOf({ atMs, author }: Saying): Place {
  const number = (Math.floor(atMs / 1_000) + author) % PLACES
  const [row, column] = [Math.floor(number / 25), number % 25]
  return {
    name: `Place ${number}`,
    latitude: (40.7 + row / 100).toFixed(4),
    longitude: (-73.9 - column / 100).toFixed(4),
  }
}
