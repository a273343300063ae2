import type { KeyValue } from '@waypost/engine'
import { linkedAbort, type Did, type Logger, type World } from '@waypost/kernel'
import type { BackfillEvents } from '#log/backfill-port.ts'
import { CONCURRENCY_DEFAULT, createBackfills, RESEED, type BackfillOrder, type Backfills } from '#log/backfills.ts'
import type { Departures } from '#log/departures.ts'
import { startIngest } from '#log/ingest.ts'
import type { HostStatus, Ingest, IngestEvents, IngestOptions, Waiting } from '#log/ingest-port.ts'
import { holdLease, type LeaseEvents } from '#log/lease.ts'
import type { EventLog } from '#log/log.ts'
import { createPatience, Stopped, warnOfEngine } from '#log/patience.ts'
import { createOrders, type Order } from '#log/orders.ts'
import type { Budget } from '#serve/budget/guard.ts'
import { knownHosts, rememberHost } from '#serve/crawl.ts'
import { startControl } from '#serve/control.ts'
import type { Reports } from '#serve/moderation/reports.ts'
import { createCheckPool, type Checks, type ThreadUsage } from '#verify/check-pool.ts'
import type { Config } from './config.ts'
import { nodeId } from './node-id.ts'
import type { Outside } from './outside.ts'
import { beginReseed } from './reseed.ts'

/**
 * From the hosts to the log, and what others ask of that.
 * On the embedded engine this process does it for as long as it runs. On one that is shared, one process of all does:
 * whoever holds the lease. The others stand by, or have another role; what they want of the one goes by orders.
 */
export interface Ingesting extends AsyncDisposable {
  /** Whether this process follows the hosts now. */
  isActive(): boolean
  /** Somebody has signed in: has their repository fetched and followed, by whichever process does that. */
  track(did: Did): Promise<void>
  /** Has a PDS followed, now and after a restart. */
  followHost(origin: string): Promise<void>
  unsynchronized(): ReturnType<Ingest['unsynchronized']>
  /** How its stages fare; undefined while another process does it. */
  fares(): IngestFares | undefined
  /** Hosts that were not tried yet. */
  missing(): readonly string[]
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly finished: Promise<void>
}

export interface IngestFares {
  readonly hosts: readonly HostStatus[]
  readonly waiting: Waiting
  readonly threads: readonly ThreadUsage[]
}

export interface IngestingParts {
  readonly world: World
  readonly log: Logger
  readonly config: Pick<Config, 'role' | 'engine' | 'dataFolder' | 'hosts' | 'checkThreads'>
  readonly events: IngestEvents & BackfillEvents & LeaseEvents
  readonly keyValue: KeyValue
  readonly eventLog: EventLog
  readonly outside: Outside
  readonly shown: IngestOptions['shown']
  /** Told of accounts that end, and of people who come back. */
  readonly departures?: Departures
  /** What commands on this machine may ask for. */
  readonly reports: Pick<Reports, 'list' | 'done'>
  /** Has the ingest pause, and backfills wait. */
  readonly budget?: Pick<Budget, 'sheds' | 'untilAllowed' | 'untilShed' | 'override' | 'report'>
  /** What it takes of the machine; a simulation has its own. */
  readonly machine?: Machine
}

export interface Machine {
  readonly subscribe?: IngestOptions['subscribe']
  readonly createChecks: (options: { readonly threads: number }) => Checks & AsyncDisposable
  readonly startControl: typeof startControl
}

const MACHINE: Machine = { createChecks: createCheckPool, startControl }

/** A host that has not answered by then is away; we are ready without it. */
const HOST_TRIED_MS = 5_000
const NOBODY_UNSYNCHRONIZED = { 'in-progress': 0, desynchronized: 0 }

/** Resolves, where this process is the only one, once the hosts are followed. */
export async function startIngesting(parts: IngestingParts): Promise<Ingesting> {
  const { world, config, keyValue, eventLog, events, budget } = parts
  const orders = createOrders(world, keyValue)
  let current: Term | undefined
  /** What a pause broke off, and goes on after it. */
  let brokenOff: readonly BackfillOrder[] = []

  /** Follows the hosts until the signal aborts, but for the times in which the budget has it pause. */
  async function work(signal: AbortSignal, hasBegun: () => void): Promise<void> {
    await using _control = await openControl(parts, () => current?.backfills)
    while (!signal.aborted) {
      // Nobody waits for a pause to end before the process answers.
      if (budget?.sheds('ingest')) hasBegun()
      await budget?.untilAllowed('ingest', signal)
      using over = linkedAbort(signal)
      void budget?.untilShed('ingest', over.signal).then(over.abort)
      await workUntil(over.signal, hasBegun).finally(over.abort)
    }
  }

  async function workUntil(signal: AbortSignal, hasBegun: () => void): Promise<void> {
    const begun = await beginTerm(parts, signal).catch(unlessStopped)
    if (begun === undefined) return
    await using term = begun
    current = term
    hasBegun()
    for (const order of brokenOff) goOnWith(term.backfills, order)
    try {
      const following = orders.follow((order) => carryOut(term, order), signal)
      await Promise.race([aborted(signal), term.finished, following])
    } finally {
      brokenOff = term.backfills.underWay()
      current = undefined
    }
  }

  function goOnWith(backfills: Backfills, order: BackfillOrder): void {
    if (order.host === RESEED) beginReseed(backfills, config.dataFolder)
    else backfills.join(order)
  }

  const stop = new AbortController()
  let finished: Promise<void>
  let end: () => PromiseLike<unknown>
  if (config.role === 'replica') {
    finished = aborted(stop.signal)
    end = () => finished
  } else if (isShared(config)) {
    const owner = nodeId(world, config.dataFolder)
    const lease = holdLease({
      world,
      keyValue,
      name: 'ingest',
      owner,
      events,
      work: (signal) => work(signal, () => {}),
      // What others wrote since this one began would otherwise be read when it is its turn, while everybody waits.
      idle: () => eventLog.readAlong(),
    })
    finished = lease.finished
    end = () => lease[Symbol.asyncDispose]()
  } else {
    const begun = Promise.withResolvers<void>()
    finished = work(stop.signal, begun.resolve)
    end = () => finished.catch(() => undefined)
    await Promise.race([begun.promise, finished])
  }
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  finished.catch(() => {})

  async function order(wanted: Order): Promise<void> {
    if (current) await carryOut(current, wanted)
    else if (!(await orders.place(wanted))) throw new Error('too many orders wait for whoever follows the hosts')
  }

  return {
    isActive: () => current !== undefined,
    track: (did) => order({ kind: 'track', did }),
    async followHost(host) {
      await rememberHost(keyValue, host)
      await order({ kind: 'follow', host })
    },
    unsynchronized: () => current?.ingest.unsynchronized() ?? NOBODY_UNSYNCHRONIZED,
    fares: () => current?.fares(),
    missing: () => current?.missing() ?? [],
    finished,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await end()
    },
  }
}

/** Whether other processes may stand on the same engine. */
export function isShared({ engine }: Pick<Config, 'engine'>): boolean {
  return engine.kind !== 'embedded'
}

interface Term extends AsyncDisposable {
  readonly ingest: Ingest
  readonly backfills: Backfills
  readonly fares: () => IngestFares
  readonly missing: () => readonly string[]
  readonly finished: Promise<void>
}

async function carryOut({ ingest }: Term, order: Order): Promise<void> {
  if (order.kind === 'follow') ingest.addHost({ url: order.host, kind: 'pds' })
  // Where the first try fails the ingest itself remembers to try again.
  else await ingest.track(order.did)
}

/** Commands on this machine are answered from here to disposal, also while the ingest is paused. */
function openControl(parts: IngestingParts, backfills: () => Backfills | undefined): Promise<AsyncDisposable> {
  const { world, log, config, reports, budget, machine = MACHINE } = parts
  const { dataFolder: folder } = config
  const reseed = (running: Backfills) => beginReseed(running, folder)
  return machine.startControl({ world, log, folder, backfills, reseed, reports, budget })
}

/** The hosts are followed from here to disposal. */
async function beginTerm(parts: IngestingParts, signal: AbortSignal): Promise<Term> {
  const {
    world,
    log,
    config,
    events,
    keyValue,
    eventLog,
    outside,
    shown,
    departures,
    budget,
    machine = MACHINE,
  } = parts
  const { outbound, identities, isPlainAllowed } = outside
  await using opened = new AsyncDisposableStack()
  const patience = createPatience({ world, signal, failed: warnOfEngine(log) })
  const asked = await patience('ask for hosts', () => knownHosts(keyValue))
  const known = asked.filter((url) => !config.hosts.includes(url))
  const hosts = [...config.hosts.map((url) => ({ url })), ...known.map((url) => ({ url, kind: 'pds' as const }))]
  const tried = new Set<string>()
  const checks = opened.use(machine.createChecks({ threads: config.checkThreads }))
  const ingest = opened.use(
    startIngest({
      world,
      log,
      eventLog,
      keyValue,
      identities,
      outbound,
      checks,
      hosts,
      ...(shown && { shown }),
      ...(departures && { departures }),
      ...(machine.subscribe && { subscribe: machine.subscribe }),
      onGap(host, kind) {
        // Of a relay that would be everybody in the network: the operator's to decide.
        if (kind === 'relay') log.warn({ host }, 'there may be people whom we missed: waypost backfill finds them')
        else if (!backfills.join({ host, again: true, concurrency: CONCURRENCY_DEFAULT }).ok)
          log.info({ host }, 'no backfill now')
      },
      events: { ...events, connection: (host, state) => (tried.add(host), events.connection(host, state)) },
    }),
  )
  // Whole hosts, where somebody at this machine asks for it. Those who watch are told of the end before it closes.
  const untilAllowed = (stopped: AbortSignal) => budget?.untilAllowed('backfills', stopped) ?? Promise.resolve()
  const inLog = { world, log, keyValue, eventLog, identities, outbound, ingest, events, isPlainAllowed, untilAllowed }
  const backfills = opened.use(createBackfills(inLog))

  const triedBy = world.clock.elapsed() + HOST_TRIED_MS
  const running = opened.move()
  return {
    ingest,
    backfills,
    fares: () => ({ hosts: ingest.status(), waiting: ingest.waiting(), threads: checks.usage?.() ?? [] }),
    missing: () => hosts.flatMap(({ url }) => (!tried.has(url) && world.clock.elapsed() < triedBy ? [url] : [])),
    finished: Promise.race([ingest.finished, backfills.finished]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function unlessStopped(fault: unknown): undefined {
  if (!(fault instanceof Stopped)) throw fault
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
