import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMemoryEngine, type KeyValue } from '@waypost/engine'
import { createTelemetry, ok, refuse, type Did, type Result } from '@waypost/kernel'
import { simWorld, type SimWorld } from '@waypost/kernel/sim'
import type { PdsFault } from '#wire/repo.ts'
import type { ListedRepo, RepoPage } from '#wire/repo-list.ts'
import { MEMBER_COLLECTIONS } from '#verify/collections.ts'
import { startBackfill, type Backfill, type BackfillOptions } from './backfill.ts'
import type { Outcome } from './backfill-people.ts'
import type { BackfillEnd, BackfillProgress } from './backfill-port.ts'

const HOST = 'https://pds.example'
const PATIENT_MS = 24 * 60 * 60_000

/** One of a host's people, and what is found where one looks. */
interface Someone {
  readonly did: Did
  readonly kind: 'ours' | 'foreign' | 'inactive'
  /** So many looks come to nothing first. */
  readonly failures: number
  /** Which of the lists by collection name them. */
  readonly lists: readonly string[]
}

/** What outlives a kill: the store, and who is a member. */
interface Standing {
  readonly world: SimWorld
  readonly keyValue: KeyValue
  readonly adoptions: Map<Did, number>
  readonly failuresLeft: Map<Did, number>
}

function standing(people: readonly Someone[]): Standing {
  const world = simWorld()
  return {
    world,
    keyValue: openMemoryEngine({ world }).keyValue,
    adoptions: new Map(),
    failuresLeft: new Map(people.map(({ did, failures }) => [did, failures])),
  }
}

type List = BackfillOptions['list']
type Answer = Result<RepoPage, PdsFault>

const NOT_SERVED: PdsFault = { kind: 'refused', error: 'InvalidRequest', status: 400 }

function pageOf(dids: readonly (Did | ListedRepo)[], cursor?: string): RepoPage {
  const repos = dids.map((did) => (typeof did === 'string' ? { did, rev: undefined, active: true } : did))
  return { repos, invalidCount: 0, cursor }
}

/** Lists in pages of `size`, by collection where the host does that. */
function listing(people: readonly Someone[], { size, byCollection }: { size: number; byCollection: boolean }): List {
  return async ({ collection, cursor }): Promise<Answer> => {
    if (collection !== undefined && !byCollection) return refuse(NOT_SERVED)
    const named = collection === undefined ? people : people.filter(({ lists }) => lists.includes(collection))
    const from = Number(cursor ?? 0)
    const until = from + size
    return ok(
      pageOf(
        named.slice(from, until).map(({ did }) => did),
        until < named.length ? String(until) : undefined,
      ),
    )
  }
}

/** A process: after so many steps it is gone, and no step of it ever ends again. */
function lifetime(stepsMax = Infinity): { step(): Promise<void>; isOver(): boolean } {
  let steps = 0
  return {
    step: () => (++steps > stepsMax ? new Promise(() => {}) : Promise.resolve()),
    isOver: () => steps > stepsMax,
  }
}

interface Run {
  readonly end: BackfillEnd | 'killed'
  readonly progress: BackfillProgress
  readonly looked: readonly Did[]
}

interface RunOptions {
  readonly list: List
  readonly people?: readonly Someone[]
  readonly stepsMax?: number
  readonly concurrency?: number
  readonly again?: boolean
  readonly lookAt?: (listed: ListedRepo) => Promise<Outcome>
  readonly onLook?: (backfill: Backfill, count: number) => void
}

async function run(
  { world, keyValue, adoptions, failuresLeft }: Standing,
  { list, people = [], stepsMax, concurrency = 4, again = false, lookAt, onLook }: RunOptions,
): Promise<Run> {
  const life = lifetime(stepsMax)
  const looked: Did[] = []
  /** A write may be durable although nobody heard of it. */
  const mortal = <Args extends unknown[], T>(action: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      await life.step()
      const done = await action(...args)
      await life.step()
      return done
    }
  }
  async function find({ did }: ListedRepo): Promise<Outcome> {
    const found = people.find((someone) => someone.did === did)!
    const left = failuresLeft.get(did) ?? 0
    if (left > 0) {
      failuresLeft.set(did, left - 1)
      return { kind: 'failed', reason: 'repo-unavailable' }
    }
    if (adoptions.has(did)) return { kind: 'member' }
    if (found.kind !== 'ours') return { kind: found.kind }
    adoptions.set(did, (adoptions.get(did) ?? 0) + 1)
    return { kind: 'adopted' }
  }
  const backfill = startBackfill({
    world,
    log: createTelemetry({ level: 'silent' }).log,
    keyValue: {
      get: mortal((key) => keyValue.get(key)),
      put: mortal((key, value) => keyValue.put(key, value)),
      compareAndSet: mortal((key, value, at) => keyValue.compareAndSet(key, value, at)),
      delete: mortal((key) => keyValue.delete(key)),
      list: mortal((prefix) => keyValue.list(prefix)),
    },
    events: { backfilled() {} },
    host: HOST,
    again,
    concurrency,
    list: mortal(list),
    createLookAt: () =>
      mortal(async (listed) => {
        looked.push(listed.did)
        onLook?.(backfill, looked.length)
        // As long as looking at somebody may take, so that those who came later are done sooner.
        await world.timers.sleep(world.random.fraction() * 3_000)
        await life.step()
        return lookAt ? lookAt(listed) : find(listed)
      }),
  })
  let end: BackfillEnd | undefined
  void backfill.ended.then((how) => (end = how))
  for (let waitedMs = 0; !end && !life.isOver() && waitedMs < PATIENT_MS; waitedMs += 1_000) await world.advance(1_000)
  return { end: end ?? 'killed', progress: backfill.progress(), looked }
}

function didOf(number: number): Did {
  return `did:plc:${String(number)
    .padStart(24, 'a')
    .replace(/[0189]/g, (digit) => 'bcde'['0189'.indexOf(digit)]!)}`
}

const someone = fc.record({
  kind: fc.constantFrom('ours', 'ours', 'foreign', 'inactive'),
  failures: fc.constantFrom(0, 0, 0, 1),
  lists: fc.uniqueArray(fc.constantFrom(...MEMBER_COLLECTIONS), { minLength: 1, maxLength: 3 }),
})
const somebody = fc
  .array(someone, { maxLength: 40 })
  .map((all): readonly Someone[] => all.map((each, number) => ({ ...each, did: didOf(number) }) as Someone))

function countOf(people: readonly Someone[], kind: Someone['kind']): number {
  return people.filter((each) => each.kind === kind).length
}

test('however often it is killed, everybody is adopted once, nobody is left out, and then it has finished', async () => {
  const story = fc.record({
    people: somebody,
    size: fc.integer({ min: 1, max: 12 }),
    byCollection: fc.boolean(),
    concurrency: fc.integer({ min: 1, max: 6 }),
    kills: fc.array(fc.integer({ min: 1, max: 250 }), { maxLength: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(story, async ({ people, size, byCollection, concurrency, kills }) => {
      const stands = standing(people)
      const list = listing(people, { size, byCollection })
      for (const stepsMax of kills) await run(stands, { list, people, concurrency, stepsMax })
      // Somebody whose first look was in vain is looked at again by the next run, whichever that is.
      const last = [
        await run(stands, { list, people, concurrency }),
        await run(stands, { list, people, concurrency }),
        await run(stands, { list, people, concurrency }),
      ]
      for (const { end } of last) assert.notEqual(end, 'killed')
      assert.equal((last[2]!.end as BackfillEnd).kind, 'finished-before')
      assert.deepEqual(last[2]!.looked, [])

      const ours = people.filter(({ kind }) => kind === 'ours').map(({ did }) => did)
      assert.deepEqual([...stands.adoptions.keys()].toSorted(), ours.toSorted())
      for (const [did, count] of stands.adoptions) assert.equal(count, 1, did)

      // What was settled counts as seen, and nobody is looked at twice in one run.
      const entries = byCollection ? people.flatMap(({ lists }) => lists).length : people.length
      const { progress, looked } = last[0]!
      if ((last[0]!.end as BackfillEnd).kind === 'finished') {
        assert.equal(new Set(looked).size, looked.length)
        const { outcomes, failed } = progress
        const all = [...Object.values(outcomes), ...Object.values(failed)]
        assert.equal(
          all.reduce((sum, count) => sum + count, 0),
          looked.length,
        )
        assert.equal(progress.isCounted && progress.seen - progress.total, 0)
        assert.ok(progress.seen >= entries, `${progress.seen} of ${entries}`)
      }

      const anew = await run(stands, { list, people, concurrency, again: true })
      assert.deepEqual(anew.progress.outcomes, {
        adopted: 0,
        member: ours.length,
        behind: 0,
        foreign: countOf(people, 'foreign'),
        inactive: countOf(people, 'inactive'),
      })
      assert.equal(anew.progress.seen, entries)
    }),
    { numRuns: 60 },
  )
})

const PEOPLE: readonly Someone[] = Array.from({ length: 30 }, (_, number) => ({
  did: didOf(number),
  kind: 'ours',
  failures: 0,
  lists: [MEMBER_COLLECTIONS[0]!],
}))

test('stopped, it ends in order, and the next run looks at nobody whom this one has settled', async () => {
  const stands = standing(PEOPLE)
  const list = listing(PEOPLE, { size: 10, byCollection: false })
  const first = await run(stands, {
    list,
    people: PEOPLE,
    concurrency: 2,
    onLook: (backfill, count) => count === 15 && backfill.stop(),
  })
  assert.deepEqual(first.end, { kind: 'stopped' })
  const { adopted } = first.progress.outcomes
  assert.ok(adopted >= 10 && adopted < 15, String(adopted))
  const second = await run(stands, { list, people: PEOPLE })
  assert.deepEqual(second.end, { kind: 'finished' })
  // Those who were under way have become members, as an ingest goes on with whom it has begun.
  assert.equal(second.looked.length, 30 - adopted)
  assert.equal(second.progress.seen, 30)
})

test('a list that is walked by collection names a person more than once and is looked at once', async () => {
  const people = PEOPLE.map((each) => ({ ...each, lists: MEMBER_COLLECTIONS }))
  const stands = standing(people)
  const { end, progress, looked } = await run(stands, {
    list: listing(people, { size: 7, byCollection: true }),
    people,
  })
  assert.deepEqual([end, looked.length, progress.outcomes.adopted], [{ kind: 'finished' }, 30, 30])
  assert.equal(progress.seen, 30 * MEMBER_COLLECTIONS.length)
})

test('people who could not be had are tried again by the next run, and by no look in between', async () => {
  const people = PEOPLE.map((each, number) => ({ ...each, failures: number < 4 ? 1 : 0 }))
  const stands = standing(people)
  const list = listing(people, { size: 10, byCollection: false })
  const first = await run(stands, { list, people })
  assert.deepEqual([first.end, first.progress.failed], [{ kind: 'finished' }, { 'repo-unavailable': 4 }])
  const second = await run(stands, { list, people })
  assert.deepEqual(
    second.looked.toSorted(),
    people
      .slice(0, 4)
      .map(({ did }) => did)
      .toSorted(),
  )
  assert.deepEqual([second.end, second.progress.outcomes.adopted], [{ kind: 'finished' }, 4])
  assert.equal((await run(stands, { list, people })).progress.seen, 0)
})

/** What comes of a list in these pages, by number, where the host serves no other. */
function broken(pages: (number: number) => Answer, lookAt?: RunOptions['lookAt']): Promise<Run> {
  let number = 0
  const list: List = async ({ collection }) => (collection === undefined ? pages(number++) : refuse(NOT_SERVED))
  return run(standing([]), { list, lookAt: lookAt ?? (async () => ({ kind: 'foreign' })) })
}

test('a list that leads nowhere ends with an error', async () => {
  const ends = await Promise.all([
    broken(() => ok(pageOf([didOf(1)], 'same'))),
    broken((number) => ok(pageOf([didOf(number)], `at ${number % 7}`))),
    broken((number) => ok(pageOf([], `at ${number}`))),
    broken((number) => ok(pageOf([didOf(1), didOf(2)], `at ${number}`))),
    broken((number) => (number < 2 ? ok(pageOf([didOf(number)], `at ${number}`)) : refuse(NOT_SERVED))),
    broken(() => refuse({ kind: 'too-large', detail: 'more than 1048576 bytes' })),
    broken(() => refuse({ kind: 'unreachable', detail: 'HTTP 502' })),
  ])
  const details = ends.map(({ end }) => (end !== 'killed' && end.kind === 'broken' ? end.detail : end))
  assert.deepEqual(details, [
    'the list leads back to where it was',
    'the list leads back to where it was',
    'the list goes on and names nobody new',
    'the list goes on and names nobody new',
    'it answers 400: InvalidRequest',
    'more than 1048576 bytes',
    'HTTP 502',
  ])
})

test('a list of people whom no directory knows is given up', async () => {
  const { end, looked } = await broken(
    (number) =>
      ok(
        pageOf(
          Array.from({ length: 500 }, (_, nth) => didOf(number * 500 + nth)),
          `at ${number}`,
        ),
      ),
    async () => ({ kind: 'failed', reason: 'identity-unresolved' }),
  )
  assert.deepEqual(end, { kind: 'broken', detail: 'no directory knows any of the last 1000 people' })
  assert.ok(looked.length < 1_010, String(looked.length))
})

test('entries that name nobody, or somebody again, are passed over and counted', async () => {
  const page: RepoPage = { ...pageOf([didOf(1), didOf(2), didOf(1)]), invalidCount: 3 }
  const { end, progress, looked } = await broken(() => ok(page))
  assert.deepEqual([end, looked.length], [{ kind: 'finished' }, 2])
  assert.deepEqual(progress.skipped, { 'did-invalid': 3, repeated: 1 })
  assert.deepEqual([progress.seen, progress.total, progress.isCounted], [6, 6, true])
})

test('while the host itself is away nobody fails: they are looked at again when it is back', async () => {
  let isAway = false
  const lookedAt = new Map<Did, number>()
  const list: List = async ({ collection }) => {
    if (collection !== undefined) return refuse(NOT_SERVED)
    return isAway ? refuse({ kind: 'unreachable', detail: 'HTTP 503' }) : ok(pageOf(PEOPLE.map(({ did }) => did)))
  }
  const stands = standing(PEOPLE)
  const { end, progress } = await run(stands, {
    list,
    async lookAt({ did }) {
      lookedAt.set(did, (lookedAt.get(did) ?? 0) + 1)
      if (lookedAt.size === 10 && !isAway && lookedAt.get(did) === 1) {
        isAway = true
        void stands.world.timers.sleep(60_000).then(() => (isAway = false))
      }
      return isAway ? { kind: 'failed', reason: 'pds-away', pds: HOST } : { kind: 'foreign' }
    },
  })
  assert.deepEqual([end, progress.failed, progress.outcomes.foreign], [{ kind: 'finished' }, {}, 30])
  assert.ok([...lookedAt.values()].some((count) => count > 1))
})

test('a fault of our own comes out', async () => {
  const stands = standing(PEOPLE)
  const backfill = startBackfill({
    world: stands.world,
    log: createTelemetry({ level: 'silent' }).log,
    keyValue: stands.keyValue,
    events: { backfilled() {} },
    host: HOST,
    again: false,
    concurrency: 1,
    list: listing(PEOPLE, { size: 10, byCollection: false }),
    createLookAt: () => () => Promise.reject(new TypeError('a bug')),
  })
  await assert.rejects(backfill.ended, /a bug/)
})
