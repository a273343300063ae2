import type { KeyValue } from '@waypost/engine'
import type { Did, Logger, Result, World } from '@waypost/kernel'
import type { PdsFault } from '#wire/repo.ts'
import type { ListedRepo, RepoPage } from '#wire/repo-list.ts'
import { createTurnstile } from '#wire/turnstile.ts'
import { MEMBER_COLLECTIONS } from '#verify/collections.ts'
import { createPace, type Pace } from '#log/backfill-pace.ts'
import type { FailureReason, LookAt, Outcome } from '#log/backfill-people.ts'
import type { BackfillEnd, BackfillEvents, BackfillProgress } from '#log/backfill-port.ts'
import { openBackfillState, type FailedPerson, type KeptWalk } from '#log/backfill-state.ts'
import { createTally } from '#log/backfill-tally.ts'
import { createListGuard, createMet, openWalk, PAGES_UNDER_WAY_MAX, type Walk } from '#log/backfill-walk.ts'
import { createPatience, Stopped, warnOfEngine } from '#log/patience.ts'

/** One host's people being taken in. */
export interface Backfill {
  readonly host: string
  progress(): BackfillProgress
  /** It ends in order, and the next one goes on from there. */
  stop(): void
  /** Rejects with our own fault. */
  readonly ended: Promise<BackfillEnd>
  /** Who of the lists could not be had so far, and why. Of more than a hundred thousand only the first. */
  failed(): readonly FailedPerson[]
}

export interface BackfillOptions {
  readonly world: World
  readonly log: Logger
  readonly keyValue: KeyValue
  readonly events: BackfillEvents
  /** The origin of a PDS or a relay. */
  readonly host: string
  /** Forget what earlier ones have settled. */
  readonly again: boolean
  /** So many people are looked at at once. */
  readonly concurrency: number
  /** A page of one of the host's lists; of everybody without a collection. */
  readonly list: (options: {
    readonly collection: string | undefined
    readonly cursor: string | undefined
    readonly signal: AbortSignal
  }) => Promise<Result<RepoPage, PdsFault>>
  readonly createLookAt: (run: { readonly pace: Pace; readonly signal: AbortSignal }) => LookAt
}

/** The list of everybody, among those that are called by their collection. */
const EVERYBODY = '*'
/** Of the host, which is all that there is to ask: about seven minutes. */
const HOST_TRIES_MAX = 12
/** A host that was never heard may not exist: about a quarter of a minute. */
const FIRST_TRIES_MAX = 5
/** Between two pages that are only counted: the host's patience is for the work. */
const COUNT_PAUSE_MS = 100
/** A kill costs at most what was settled in so long, and that is only looked at again. */
const KEEP_EVERY_MS = 2_000
/** Past this many further people who could not be had are counted and not noted; `again` finds them. */
const FAILED_KEPT_MAX = 100_000
/** So many in a row whom no directory knows are not a list of people, or there is no directory to ask. */
const UNRESOLVED_IN_A_ROW_MAX = 1_000
/** A list of which nothing is settled. */
const NEW_WALK: KeptWalk = { entries: 0, settled: [] }
/** On stopping, an engine that is away is waited for no longer. */
const FAREWELL_MS_MAX = 2_000

/**
 * Takes in everybody on a host who has records of ours.
 * In: the host's lists, one of each collection that makes a member, or the one of everybody. Out: members in the log.
 * Promise: whoever is settled is noted durably and not looked at again; a kill at any moment leaves out nobody; and
 * whatever the list is, memory is bounded and there is an end or an error.
 * Longer than most functions: it ties one state together, and each of the functions inside is short.
 */
export function startBackfill(options: BackfillOptions): Backfill {
  const { world, log, host, events } = options
  const stopping = new AbortController()
  const leaving = new AbortController()
  const { signal } = stopping
  const state = openBackfillState(
    options.keyValue,
    host,
    createPatience({ world, signal: leaving.signal, failed: warnOfEngine(log) }),
  )
  const pace = createPace({ world, signal, patientWith: host })
  const lookAt = options.createLookAt({ pace, signal })
  const turn = createTurnstile(options.concurrency)
  const met = createMet()
  const tally = createTally(world)
  let underWay = 0
  let moved = Promise.withResolvers<void>()
  /** Why the host's lists cannot be walked to their end. */
  let broken: string | undefined
  let ownFault: { readonly error: unknown } | undefined
  const failedPeople: FailedPerson[] = []
  let failedKept = 0
  let unresolvedInARow = 0
  let hostAnswering: Promise<boolean> | undefined

  function stop(): void {
    if (signal.aborted) return
    stopping.abort()
    moved.resolve()
    void world.timers.sleep(FAREWELL_MS_MAX, leaving.signal).then(() => leaving.abort())
  }

  /** Where it was stopped before, that is why there is no answer. */
  function breakOff(detail: string): [] {
    if (!signal.aborted) broken = detail
    stop()
    return []
  }

  function fail(error: unknown): void {
    if (!(error instanceof Stopped)) ownFault ??= { error }
    stop()
  }

  function askForPage(list: string, cursor: string | undefined, triesMax: number): Promise<Result<RepoPage, PdsFault>> {
    const collection = list === EVERYBODY ? undefined : list
    return pace.ask(host, () => options.list({ collection, cursor, signal }), { triesMax })
  }

  /** Which lists the host serves. A refusal says that it has none by collection; silence says nothing. */
  async function chooseLists(): Promise<readonly string[] | undefined> {
    const first = await askForPage(MEMBER_COLLECTIONS[0]!, undefined, FIRST_TRIES_MAX)
    if (first.ok) return MEMBER_COLLECTIONS
    if (first.error.kind === 'refused') return [EVERYBODY]
    breakOff(describe(first.error))
    return undefined
  }

  async function run(): Promise<BackfillEnd> {
    if (options.again) await state.clear()
    const kept = await state.walks()
    const failedBefore = await state.failed()
    const known = kept.has(EVERYBODY) ? [EVERYBODY] : MEMBER_COLLECTIONS
    const lists = kept.size > 0 ? known : await chooseLists()
    if (!lists) return end()
    const walks = lists.map((list) => ({ list, from: kept.get(list) ?? NEW_WALK }))
    const unfinished = walks.filter(({ from }) => from.finishedAt === undefined)
    if (unfinished.length === 0 && failedBefore.length === 0) {
      return { kind: 'finished-before', at: Math.max(...walks.map(({ from }) => from.finishedAt!)) }
    }
    for (const { list, from } of walks) {
      tally.counted(from.entries)
      tally.addList(list, () => from.entries + from.settled.length)
    }
    const counting = countAhead(unfinished).catch(fail)
    await tryAgain(failedBefore)
    for (const { list, from } of unfinished) if (!signal.aborted) await walkOver(list, from)
    const ended = end()
    stop()
    await counting
    return ended
  }

  function end(): BackfillEnd {
    if (broken !== undefined) return { kind: 'broken', detail: broken }
    return { kind: signal.aborted ? 'stopped' : 'finished' }
  }

  /** Only for the progress: a list that does not hold is left to the walk to find out. */
  async function countAhead(walks: readonly { readonly list: string; readonly from: KeptWalk }[]): Promise<void> {
    for (const { list, from } of walks) {
      if (from.isOver) continue
      const guard = createListGuard(from.cursor)
      for (let { cursor } = from; ;) {
        const page = await askForPage(list, cursor, HOST_TRIES_MAX)
        if (!page.ok) return
        const entries = page.value.repos.length + page.value.invalidCount
        tally.counted(entries)
        cursor = page.value.cursor
        if (guard.follow(cursor, { hasNews: entries > 0 }) !== undefined) return
        if (cursor === undefined) break
        await world.timers.sleep(COUNT_PAUSE_MS, signal)
      }
    }
    tally.countedAll()
  }

  /** Those who could not be had by an earlier run. */
  async function tryAgain(people: readonly FailedPerson[]): Promise<void> {
    failedKept = people.length
    let settledCount = 0
    tally.counted(people.length)
    tally.addList('failed', () => settledCount)
    await lookAtAll(people, async ({ did }) => {
      met.meet(did, 'failed')
      const outcome = await look({ did, rev: undefined, active: true }, { isListedForIt: false })
      if (signal.aborted) return
      if (outcome.kind !== 'failed') {
        await state.forgetFailed(did)
        failedKept--
      }
      settledCount++
      settled(outcome)
    })
  }

  async function walkOver(list: string, from: KeptWalk): Promise<void> {
    const walk = openWalk(list, from, met)
    tally.addList(list, () => walk.settledCount)
    const keeping = keepNowAndThen(list, walk)
    const looks = new Set<Promise<void>>()
    while (!walk.isRead && !signal.aborted) {
      if (walk.pagesUnderWay >= PAGES_UNDER_WAY_MAX) {
        await moved.promise
        continue
      }
      const people = await nextPeople(list, walk)
      const looked = lookAtAll(people, async (listed) => {
        const outcome = await look(listed, { isListedForIt: list !== EVERYBODY })
        if (signal.aborted) return
        if (outcome.kind === 'failed') await noteFailed(listed.did, outcome.reason)
        walk.settle(listed.did)
        settled(outcome)
        countStrangers(outcome)
      }).finally(() => looks.delete(looked))
      looks.add(looked)
    }
    await Promise.all(looks)
    await keeping.end()
  }

  async function nextPeople(list: string, walk: Walk): Promise<readonly ListedRepo[]> {
    const page = await askForPage(list, walk.cursor, HOST_TRIES_MAX)
    if (signal.aborted) return []
    if (!page.ok) return breakOff(describe(page.error))
    const news = walk.take(page.value)
    if (!news.ok) return breakOff(news.error)
    tally.skipped('did-invalid', page.value.invalidCount)
    tally.skipped('repeated', news.value.repeatedCount)
    return news.value.people
  }

  /** Each in their turn, so many at once. Once it is stopped nobody's turn comes any more. */
  async function lookAtAll<T>(people: readonly T[], work: (person: T) => Promise<void>): Promise<void> {
    const inTurn = (person: T): Promise<void> =>
      turn(async () => {
        if (signal.aborted) return
        underWay++
        await work(person).catch(fail)
        underWay--
        moved.resolve()
        moved = Promise.withResolvers()
      })
    await Promise.all(people.map(inTurn))
  }

  /** The host's own absence is nobody's failure: it is waited out, and they are looked at once more. */
  async function look(listed: ListedRepo, options: { readonly isListedForIt: boolean }): Promise<Outcome> {
    const outcome = await lookAt(listed, options)
    const isHostAway = outcome.kind === 'failed' && outcome.reason === 'pds-away' && outcome.pds === host
    return isHostAway && (await hostIsThere()) ? lookAt(listed, options) : outcome
  }

  /** Asked by its list, which it must answer for any of this to go on; once for all who want to know. */
  function hostIsThere(): Promise<boolean> {
    hostAnswering ??= askForPage(EVERYBODY, undefined, HOST_TRIES_MAX).then((page) => {
      hostAnswering = undefined
      if (page.ok || page.error.kind !== 'unreachable') return true
      breakOff(describe(page.error))
      return false
    })
    return hostAnswering
  }

  function settled(outcome: Outcome): void {
    tally.settled(outcome)
    events.backfilled(outcome.kind)
  }

  /** A list of DIDs that somebody made up must not keep us busy for ever. */
  function countStrangers(outcome: Outcome): void {
    const isUnresolved = outcome.kind === 'failed' && outcome.reason === 'identity-unresolved'
    unresolvedInARow = isUnresolved ? unresolvedInARow + 1 : 0
    if (unresolvedInARow >= UNRESOLVED_IN_A_ROW_MAX) {
      breakOff(`no directory knows any of the last ${UNRESOLVED_IN_A_ROW_MAX} people`)
    }
  }

  async function noteFailed(did: Did, reason: FailureReason): Promise<void> {
    log.info({ did, reason, host }, 'somebody could not be had by the backfill')
    if (failedKept >= FAILED_KEPT_MAX) return
    failedKept++
    failedPeople.push({ did, reason })
    await state.keepFailed({ did, reason })
  }

  /** Durably, in order, and nothing where nothing has moved. */
  function keepNowAndThen(list: string, walk: Walk): { end(): Promise<void> } {
    let keptCount = walk.settledCount
    let last = Promise.resolve()
    const keep = (finished?: { readonly finishedAt: number }): Promise<void> => {
      last = last.then(async () => {
        if (walk.settledCount === keptCount && !finished) return
        keptCount = walk.settledCount
        await state.keepWalk(list, { ...walk.saved(), ...finished })
      })
      return last
    }
    const timer = world.timers.every(KEEP_EVERY_MS, () => keep().catch(fail))
    return {
      async end() {
        timer[Symbol.dispose]()
        await keep(signal.aborted ? undefined : { finishedAt: world.clock.now() })
      },
    }
  }

  const ended = run()
    .finally(() => {
      stop()
      leaving.abort()
      tally[Symbol.dispose]()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Stopped)) throw error
      return end()
    })
    .then((how) => {
      if (ownFault) throw ownFault.error
      return how
    })
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  ended.catch(() => {})

  return {
    host,
    stop,
    ended,
    progress: () => tally.progress(host, { underWay, waiting: pace.waiting() }),
    failed: () => failedPeople,
  }
}

function describe(fault: PdsFault): string {
  if (fault.kind === 'refused') return `it answers ${fault.status || 'nothing'}: ${fault.error}`
  return fault.detail
}
