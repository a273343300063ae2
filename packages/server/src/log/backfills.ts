import type { KeyValue } from '@waypost/engine'
import { ok, refuse, type Did, type Logger, type Result, type World } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import { fetchRepoPage, PAGE_PEOPLE_MAX } from '#wire/repo-list.ts'
import { checksHere } from '#verify/check-pool.ts'
import type { Identities } from '#verify/identity.ts'
import { createVerifier } from '#verify/verify.ts'
import { startBackfill, type Backfill, type BackfillOptions } from '#log/backfill.ts'
import { createLookAt } from '#log/backfill-people.ts'
import type { BackfillEvents } from '#log/backfill-port.ts'
import { createPatience, warnOfEngine } from '#log/patience.ts'
import type { Ingest } from '#log/ingest-port.ts'
import type { EventLog } from '#log/log.ts'

/** What `reseed` goes by among hosts. */
export const RESEED = 'reseed'

/** The backfills under way, one a host. Disposing stops them in order. */
export interface Backfills extends AsyncDisposable {
  /** Begins one, or finds the one under way. Refused, as a sentence, where it cannot be. */
  join(order: BackfillOrder): Result<Backfill, string>
  /**
   * Takes in these people, each from their own server, or finds it under way. Whoever is in the log already is not asked
   * for: cut off, it is begun again. `settled` hears of those of them who need no further look, once there is an end.
   */
  reseed(people: readonly Did[], settled: (people: readonly Did[]) => void): Backfill
  /** Whether there was one to stop. */
  stop(host: string): boolean
  /** What is under way, as it would go on. */
  underWay(): readonly BackfillOrder[]
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly finished: Promise<void>
}

export interface BackfillOrder {
  /** The origin of a PDS or a relay. */
  readonly host: string
  /** From the beginning, whatever was settled before. */
  readonly again: boolean
  readonly concurrency: number
}

export interface BackfillsOptions {
  readonly world: World
  readonly log: Logger
  readonly keyValue: KeyValue
  readonly eventLog: EventLog
  readonly identities: Identities
  readonly outbound: Outbound
  readonly ingest: Pick<Ingest, 'track' | 'repair'>
  readonly events: BackfillEvents
  /** Whether a host may be reached without TLS, as on one machine. */
  readonly isPlainAllowed: (origin: string) => boolean
  /** Each page of a list waits for this; absent: none waits. */
  readonly untilAllowed?: (signal: AbortSignal) => Promise<void>
}

/** More at once would take turns at the same directory. */
const BACKFILLS_MAX = 4
/** Of one backfill. The ingest fetches so many repositories at once, and no more of one PDS than four. */
export const CONCURRENCY_DEFAULT = 24
/** Past this people wait for each other's documents and nothing goes faster. */
export const CONCURRENCY_MAX = 256

/** What a backfill waits for that may not go on. */
const HELD = { detail: 'the budget of this server is spent', forMs: 0 }

export function createBackfills(options: BackfillsOptions): Backfills {
  const { world, log, eventLog, identities, outbound, ingest, events, isPlainAllowed, untilAllowed } = options
  const verifier = createVerifier({ world, identities, outbound, checks: checksHere })
  const underWay = new Map<string, Backfill>()
  const orders = new Map<string, BackfillOrder>()
  const finished = Promise.withResolvers<void>()
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  finished.promise.catch(() => {})

  const lookAtOf: BackfillOptions['createLookAt'] = ({ pace, signal }) => {
    const patience = createPatience({ world, signal, failed: warnOfEngine(log) })
    return createLookAt({
      world,
      signal,
      outbound,
      identities,
      verifier,
      pace,
      headOf: (did) => patience('read a head', () => eventLog.repoHead(did)),
      track: (did) => ingest.track(did),
      repair: (did) => ingest.repair(did),
    })
  }

  function begin({
    host,
    again,
    concurrency,
    list,
    createLookAt: lookAtOfRun,
  }: BackfillOrder & Pick<BackfillOptions, 'list' | 'createLookAt'>): Backfill {
    let held = 0
    const started = startBackfill({
      world,
      log,
      keyValue: options.keyValue,
      events,
      host,
      again,
      concurrency,
      createLookAt: lookAtOfRun,
      async list(page) {
        held++
        await untilAllowed?.(page.signal)
        held--
        return list(page)
      },
    })
    const backfill: Backfill = {
      ...started,
      progress: () => (held === 0 ? started.progress() : { ...started.progress(), waiting: { ...HELD, host } }),
    }
    log.info({ host, again, concurrency }, 'a backfill begins')
    underWay.set(host, backfill)
    orders.set(host, { host, again: false, concurrency })
    backfill.ended
      .finally(() => {
        underWay.delete(host)
        orders.delete(host)
      })
      .then(
        (end) => log.info({ end, ...backfill.progress() }, 'a backfill ended'),
        (error: unknown) => {
          log.fatal({ err: error, host }, 'a backfill met a fault of our own')
          finished.reject(error)
        },
      )
    return backfill
  }

  return {
    join(order) {
      const known = underWay.get(order.host)
      if (known && order.again) return refuse('It is under way; it has to be stopped before it can begin anew.')
      if (known) return ok(known)
      if (!order.host.startsWith('https:') && !isPlainAllowed(order.host)) {
        return refuse(`${order.host} is not encrypted; that is for hosts on this machine, in a sandbox.`)
      }
      if (underWay.size >= BACKFILLS_MAX) return refuse(`There are ${BACKFILLS_MAX} of other hosts under way.`)
      return ok(begin({ ...order, list: (page) => fetchRepoPage(outbound, order.host, page), createLookAt: lookAtOf }))
    },
    reseed(people, settled) {
      const known = underWay.get(RESEED)
      if (known) return known
      const reseed = begin({
        host: RESEED,
        again: true,
        concurrency: CONCURRENCY_DEFAULT,
        list: listOf(people),
        createLookAt(run) {
          const lookAt = lookAtOf(run)
          return (listed) => lookAt(listed, { isListedForIt: false, wasMember: true })
        },
      })
      void reseed.ended.then(
        ({ kind }) => {
          const left = new Set(reseed.failed().map(({ did }) => did))
          const failed = Object.values(reseed.progress().failed).reduce((sum, count) => sum + count, 0)
          // Where there are too many to be noted, nobody knows of whom to say it.
          if (kind === 'finished' && failed === left.size) settled(people.filter((did) => !left.has(did)))
        },
        // It is told of above.
        () => undefined,
      )
      return reseed
    },
    stop(host) {
      underWay.get(host)?.stop()
      return underWay.has(host)
    },
    underWay: () => [...orders.values()],
    finished: finished.promise,
    async [Symbol.asyncDispose]() {
      const all = [...underWay.values()]
      for (const backfill of all) backfill.stop()
      await Promise.allSettled(all.map(({ ended }) => ended))
      finished.resolve()
    },
  }
}

/** People as the pages of a host's list of everybody. */
function listOf(people: readonly Did[]): BackfillOptions['list'] {
  return async ({ collection, cursor = '0' }) => {
    if (collection !== undefined) return refuse({ kind: 'refused', error: 'there is one list', status: 0 })
    const from = Number(cursor)
    const to = from + PAGE_PEOPLE_MAX
    const repos = people.slice(from, to).map((did) => ({ did, rev: undefined, active: true }))
    return ok({ repos, invalidCount: 0, cursor: to < people.length ? String(to) : undefined })
  }
}
