import type { Clock, Telemetry } from '@waypost/kernel'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { BackfillEvents } from '#log/backfill-port.ts'
import type { HostStatus, Ingest, IngestEvents } from '#log/ingest-port.ts'
import type { Journeys } from '#log/journeys.ts'
import type { ThreadUsage } from '#verify/check-pool.ts'
import type { LeaseEvents } from '#log/lease.ts'
import { createProjectEvents, type ProjectEvents } from '#project/events.ts'
import { createBudgetEvents, type BudgetEvents } from '#serve/budget/events.ts'
import { createLinkEvents, type LinkEvents } from '#serve/links/events.ts'
import type { PushOutcome } from '#serve/push/delivery.ts'
import type { ImageOutcome, PresetName } from '#serve/images.ts'
import type { CheckinTraces } from '#serve/ops/checkin-traces.ts'
import type { RefusalSamples } from '#serve/ops/refusal-samples.ts'
import type { OverloadEvents } from '#serve/overload.ts'
import type { WriteKind } from '#serve/write-kind.ts'
import type { SignInStep } from '#serve/session/oauth-routes.ts'

/**
 * What happens, said once: a counter for the many, a log line for the one. Labels take few values; people, records and
 * addresses appear in log lines only, and coordinates and tokens in neither.
 */
export interface Events
  extends IngestEvents, ProjectEvents, BackfillEvents, LeaseEvents, LinkEvents, BudgetEvents, OverloadEvents {
  /** How many entries of the log the read model does not hold yet. */
  lagging(positions: number): void
  /** How many repositories are not synchronized, by state. */
  unsynchronized(counts: ReturnType<Ingest['unsynchronized']>): void
  /** What waits before each stage now. */
  waiting(queues: Partial<Record<Stage, number>>): void
  hostsHeard(hosts: readonly HostStatus[]): void
  /** By name. */
  threads(usage: ReadonlyMap<string, ThreadUsage>): void
  /** How long the engine took to say where the log ends; undefined where it did not. */
  engineAsked(ms: number | undefined): void
  /** Changes were written to all who follow live. */
  flushed(flush: { readonly after: number; readonly through: number; readonly ms: number }): void
  /** A check-in committed `delayMs` ago is now shown to those who follow live. */
  fresh(delayMs: number): void
  httpAnswered(answer: {
    readonly method: string
    readonly route: string
    readonly status: number
    readonly ms: number
  }): void
  handlerFailed(nsid: string, error: unknown): void
  followers(count: number): void
  followerLetGo(): void
  image(preset: PresetName | 'card', outcome: ImageOutcome): void
  signIn(step: SignInStep, outcome: 'ok' | 'refused' | 'failed', error?: unknown): void
  serviceToken(outcome: string): void
  /** A write to a person's PDS, and how long until our own read model showed it. */
  wrote(kind: WriteKind, outcome: 'visible' | 'not-yet' | 'upstream-failed' | 'signed-out', ms: number): void
  pushed(outcome: PushOutcome): void
  /** Somebody could not be remembered as being somewhere. Who comes and leaves is not counted: few are told apart. */
  presencesFull(): void
  crawlRequested(host: string, outcome: 'added' | 'known' | 'refused'): void
  started(step: string, ms: number): void
}

/** From a tick of the firehose to half a minute behind. */
const DELAY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30]
const ANSWER_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
/** A commit older than this came from an archive: its age says nothing about us. */
const FRESH_MS_MAX = 600_000

/** From less than a turn of the event loop on. */
const STAGE_BUCKETS = [0.0005, 0.001, 0.0025, ...DELAY_BUCKETS]
/** Of so many frames one is timed on its way off the socket. */
const FRAMES_PER_SAMPLE = 16
/** Each host is a series: those furthest behind are told of. */
const HOSTS_TOLD_MAX = 20

export type Stage = 'wire' | 'verify' | 'log' | 'project' | 'live'

/** What they fill beside the metrics, for the operator's page. */
export interface Watched {
  readonly clock: Clock
  readonly journeys?: Journeys
  readonly refusals?: RefusalSamples
  /** Undefined while nobody traces. */
  readonly traces?: () => CheckinTraces | undefined
}

/** The names that the protocol knows; a host may say anything, and each name is a series. */
const HOST_MESSAGES: ReadonlySet<string> = new Set(['OutdatedCursor', 'FutureCursor', 'ConsumerTooSlow'])

/** What is counted for each frame is a plain number, read when somebody asks; times are taken once for each batch. */
export function createEvents(telemetry: Telemetry, { clock, journeys, refusals: samples, traces }: Watched): Events {
  const { log, metrics } = telemetry
  const counter = counters(metrics)
  const connected = new Set<string>()
  const hosts = gauge(metrics, 'waypost_hosts_connected', 'Firehoses that we hold a connection to')
  const lag = gauge(metrics, 'waypost_projection_lag', 'Positions between the head of the log and the read model')
  const unsynchronized = new Gauge({
    name: 'waypost_repositories_unsynchronized',
    help: 'Repositories that are being fetched, or wait for it',
    labelNames: ['state'],
    registers: [metrics],
  })
  const followers = gauge(metrics, 'waypost_live_followers', 'Connections that follow live')
  const freshness = histogram(
    metrics,
    'waypost_freshness_seconds',
    'From the commit of a check-in to those who follow live',
    DELAY_BUCKETS,
  )
  const visible = histogram(metrics, 'waypost_write_seconds', 'From a write to our showing it', DELAY_BUCKETS)
  const answers = new Histogram({
    name: 'waypost_http_seconds',
    help: 'Time to answer',
    labelNames: ['route'],
    buckets: ANSWER_BUCKETS,
    registers: [metrics],
  })

  const stages = new Histogram({
    name: 'waypost_stage_seconds',
    help: 'Time in a stage of the way: of one of some frames in wire, of the oldest of a batch in the others',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS,
    registers: [metrics],
  })
  const queues = new Gauge({
    name: 'waypost_stage_queue',
    help: 'What waits in a stage: messages, frames, events, positions, connections',
    labelNames: ['stage'],
    registers: [metrics],
  })
  const hostLag = new Gauge({
    name: 'waypost_host_lag_seconds',
    help: 'Between the time that a host wrote on its newest frame and its arrival; the hosts furthest behind',
    labelNames: ['host'],
    registers: [metrics],
  })
  const busy = counter('waypost_thread_busy_seconds_total', 'For how long a thread has worked', ['thread'])
  const threadQueue = new Gauge({
    name: 'waypost_thread_queue',
    help: 'What a thread has in work or before it',
    labelNames: ['thread'],
    registers: [metrics],
  })
  const engine = new Histogram({
    name: 'waypost_engine_seconds',
    help: 'Time that the engine took',
    labelNames: ['op'],
    buckets: STAGE_BUCKETS,
    registers: [metrics],
  })
  const engineUp = gauge(metrics, 'waypost_engine_up', 'Whether the engine says where the log ends')
  const engineFailures = counter('waypost_engine_failures_total', 'What the engine did not do, and was asked again', [
    'what',
  ])
  const told = counter(
    'waypost_live_positions_total',
    'Positions of the log that live readers have been brought to',
    [],
  )

  const framesSeen = { received: 0, foreign: 0 }
  const eventsLogged = { commit: 0, repo: 0, identity: 0, account: 0 }
  countsOf(metrics, { name: 'waypost_frames_total', help: 'Frames from firehoses', label: 'outcome' }, framesSeen)
  countsOf(metrics, { name: 'waypost_events_logged_total', help: 'Events made durable', label: 'kind' }, eventsLogged)
  const refusals = counter('waypost_refusals_total', 'What was not let in, and why', ['reason'])
  const repairs = counter('waypost_repairs_total', 'Whole repositories asked for', ['outcome'])
  const said = counter('waypost_host_messages_total', 'What hosts say of their streams', ['name'])
  const reconciliations = counter('waypost_reconciliations_total', "Members' servers asked for news", ['outcome'])
  const backfilled = counter('waypost_backfill_people_total', 'People whom a backfill has settled', ['outcome'])
  const requests = counter('waypost_http_requests_total', 'Requests answered', ['route', 'method', 'status'])
  const failures = counter('waypost_handler_failures_total', 'Faults of our own, answered by 500', ['nsid'])
  const letGo = counter('waypost_live_let_go_total', 'Followers that were too slow', [])
  const images = counter('waypost_images_total', 'Pictures asked for', ['preset', 'outcome'])
  const signIns = counter('waypost_sign_ins_total', 'Steps of signing in and out', ['step', 'outcome'])
  const tokens = counter('waypost_service_tokens_total', 'Tokens of proxying servers', ['outcome'])
  const writes = counter('waypost_writes_total', "Writes to people's own servers", ['kind', 'outcome'])
  const pushes = counter('waypost_pushes_total', 'Messages to browsers', ['outcome'])
  const overloadRefused = counter('waypost_overload_refused_total', 'Reads refused since too much was asked', [])
  const unremembered = counter('waypost_presences_refused_total', 'Presences beyond those that are remembered', [])
  const leases = counter('waypost_leases_total', 'What one of several processes does, taken or lost', ['name', 'state'])
  const crawls = counter('waypost_crawl_requests_total', 'Hosts that asked to be followed', ['outcome'])

  const timed = {
    wire: stages.labels({ stage: 'wire' }),
    verify: stages.labels({ stage: 'verify' }),
    log: stages.labels({ stage: 'log' }),
    project: stages.labels({ stage: 'project' }),
    live: stages.labels({ stage: 'live' }),
    append: engine.labels({ op: 'append' }),
    head: engine.labels({ op: 'head' }),
  }
  const project = createProjectEvents(telemetry)

  return {
    ...project,
    ...createLinkEvents(telemetry),
    ...createBudgetEvents(telemetry),
    frameReceived(_host, { receivedAt }) {
      if (framesSeen.received++ % FRAMES_PER_SAMPLE !== 0) return
      timed.wire.observe(Math.max(0, clock.now() - receivedAt) / 1_000)
    },
    frameForeign: () => void framesSeen.foreign++,
    refused(refusal, host) {
      const { reason, detail, did, seq } = refusal
      refusals.inc({ reason })
      samples?.note(refusal, host, clock.now())
      // Counted in any case; a flood of them must not become a flood of lines.
      log.debug({ reason, detail, did, seq, host }, 'refused')
    },
    logged(event, position, passed) {
      eventsLogged[event.kind]++
      journeys?.logged(position, passed)
      traces?.()?.logged(event, position, passed)
    },
    batchLogged({ appendMs, verifyMs, logMs }) {
      timed.append.observe(appendMs / 1_000)
      timed.verify.observe(verifyMs / 1_000)
      timed.log.observe(logMs / 1_000)
    },
    batchFolded(batch) {
      project.batchFolded(batch)
      timed.project.observe(batch.durationMs / 1_000)
      journeys?.projected(batch, clock.now())
    },
    flushed(flush) {
      told.inc(flush.through - flush.after)
      timed.live.observe(flush.ms / 1_000)
      journeys?.delivered(flush, clock.now())
      traces?.()?.flushed(flush)
    },
    engineFailed: (what) => engineFailures.inc({ what }),
    engineAsked(ms) {
      engineUp.set(ms === undefined ? 0 : 1)
      if (ms !== undefined) timed.head.observe(ms / 1_000)
    },
    waiting(counts) {
      for (const [stage, count] of Object.entries(counts)) queues.set({ stage }, count)
    },
    hostsHeard(heard) {
      hostLag.reset()
      const behind = heard.filter(({ lagMs }) => lagMs !== undefined).toSorted((a, b) => b.lagMs! - a.lagMs!)
      for (const { url, lagMs } of behind.slice(0, HOSTS_TOLD_MAX)) hostLag.set({ host: url }, lagMs! / 1_000)
    },
    threads(usage) {
      busy.reset()
      threadQueue.reset()
      for (const [thread, { busyMs, queued }] of usage) {
        busy.inc({ thread }, busyMs / 1_000)
        threadQueue.set({ thread }, queued)
      }
    },
    connection(host, state) {
      if (state === 'connected') connected.add(host)
      else connected.delete(host)
      hosts.set(connected.size)
    },
    hostSaid: (name) => said.inc({ name: HOST_MESSAGES.has(name) ? name : 'other' }),
    repair: (outcome) => repairs.inc({ outcome }),
    reconciled: (outcome) => reconciliations.inc({ outcome }),
    unsynchronized(counts) {
      for (const [state, count] of Object.entries(counts)) unsynchronized.set({ state }, count)
    },
    lease(name, state) {
      leases.inc({ name, state })
      log.info({ name, state }, 'lease')
    },
    backfilled: (outcome) => backfilled.inc({ outcome }),
    lagging: (positions) => lag.set(positions),
    fresh(delayMs) {
      if (delayMs >= 0 && delayMs <= FRESH_MS_MAX) freshness.observe(delayMs / 1_000)
    },
    httpAnswered({ method, route, status, ms }) {
      requests.inc({ route, method, status })
      answers.observe({ route }, ms / 1_000)
    },
    handlerFailed(nsid, error) {
      failures.inc({ nsid })
      log.error({ nsid, err: error }, 'a handler failed')
    },
    followers: (count) => followers.set(count),
    followerLetGo: () => letGo.inc(),
    image: (preset, outcome) => images.inc({ preset, outcome }),
    signIn(step, outcome, error) {
      signIns.inc({ step, outcome })
      if (outcome !== 'ok') log.info({ step, outcome, why: reasonOf(error) }, 'sign-in')
    },
    serviceToken: (outcome) => tokens.inc({ outcome }),
    wrote(kind, outcome, ms) {
      writes.inc({ kind, outcome })
      if (outcome === 'visible') visible.observe(ms / 1_000)
    },
    readRefused: () => overloadRefused.inc(),
    overloaded: (isSo) => log.warn({ overloaded: isSo }, isSo ? 'reads are refused' : 'reads are refused no more'),
    pushed: (outcome) => pushes.inc({ outcome }),
    presencesFull: () => unremembered.inc(),
    crawlRequested(host, outcome) {
      crawls.inc({ outcome })
      log.info({ host, outcome }, 'crawl requested')
    },
    started: (step, ms) => log.info({ step, ms: Math.round(ms) }, 'started'),
  }
}

/** An error's own words, without what it carries: OAuth's errors hold whole requests. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.name}: ${error.message}${cause}`.slice(0, 300)
}

/** A counter for each of these numbers, by their names as its label. */
function countsOf(
  metrics: Registry,
  { name, help, label }: { readonly name: string; readonly help: string; readonly label: string },
  counts: Readonly<Record<string, number>>,
): void {
  const counted = new Counter({
    name,
    help,
    labelNames: [label],
    registers: [metrics],
    collect() {
      counted.reset()
      for (const [value, count] of Object.entries(counts)) counted.inc({ [label]: value }, count)
    },
  })
}

function counters(metrics: Registry) {
  return <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames: [...labelNames], registers: [metrics] })
}

function gauge(metrics: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, registers: [metrics] })
}

function histogram(metrics: Registry, name: string, help: string, buckets: number[]): Histogram {
  return new Histogram({ name, help, buckets, registers: [metrics] })
}
