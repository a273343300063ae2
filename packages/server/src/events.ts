import type { Telemetry } from '@waypost/kernel'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { BackfillEvents } from '#log/backfill-port.ts'
import type { Ingest, IngestEvents } from '#log/ingest-port.ts'
import type { LeaseEvents } from '#log/lease.ts'
import { createProjectEvents, type ProjectEvents } from '#project/events.ts'
import { createLinkEvents, type LinkEvents } from '#serve/links/events.ts'
import type { PushOutcome } from '#serve/push/delivery.ts'
import type { ImageOutcome, PresetName } from '#serve/images.ts'
import type { WriteKind } from '#serve/write-kind.ts'
import type { SignInStep } from '#serve/session/oauth-routes.ts'

/**
 * What happens, said once: a counter for the many, a log line for the one. Labels take few values; people, records and
 * addresses appear in log lines only, and coordinates and tokens in neither.
 */
export interface Events extends IngestEvents, ProjectEvents, BackfillEvents, LeaseEvents, LinkEvents {
  /** How many entries of the log the read model does not hold yet. */
  lagging(positions: number): void
  /** How many repositories are not synchronized, by state. */
  unsynchronized(counts: ReturnType<Ingest['unsynchronized']>): void
  /** A check-in written `delayMs` ago is now shown to those who follow live. */
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
const DELAY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const ANSWER_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
/** A commit older than this came from an archive: its age says nothing about us. */
const FRESH_MS_MAX = 600_000

/** The names that the protocol knows; a host may say anything, and each name is a series. */
const HOST_MESSAGES: ReadonlySet<string> = new Set(['OutdatedCursor', 'FutureCursor', 'ConsumerTooSlow'])

export function createEvents(telemetry: Telemetry): Events {
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
  const logDelay = histogram(metrics, 'waypost_log_seconds', 'From the socket to the log', DELAY_BUCKETS)
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

  const frames = counter('waypost_frames_total', 'Frames from firehoses', ['outcome'])
  const refusals = counter('waypost_refusals_total', 'What was not let in, and why', ['reason'])
  const logged = counter('waypost_events_logged_total', 'Events made durable', ['kind'])
  const repairs = counter('waypost_repairs_total', 'Whole repositories asked for', ['outcome'])
  const said = counter('waypost_host_messages_total', 'What hosts say of their streams', ['name'])
  const reconciliations = counter('waypost_reconciliations_total', "Members' servers asked for news", ['outcome'])
  const backfilled = counter('waypost_backfill_people_total', 'People whom a backfill has settled', ['outcome'])
  const requests = counter('waypost_http_requests_total', 'Requests answered', ['method', 'status'])
  const failures = counter('waypost_handler_failures_total', 'Faults of our own, answered by 500', ['nsid'])
  const letGo = counter('waypost_live_let_go_total', 'Followers that were too slow', [])
  const images = counter('waypost_images_total', 'Pictures asked for', ['preset', 'outcome'])
  const signIns = counter('waypost_sign_ins_total', 'Steps of signing in and out', ['step', 'outcome'])
  const tokens = counter('waypost_service_tokens_total', 'Tokens of proxying servers', ['outcome'])
  const writes = counter('waypost_writes_total', "Writes to people's own servers", ['kind', 'outcome'])
  const pushes = counter('waypost_pushes_total', 'Messages to browsers', ['outcome'])
  const unremembered = counter('waypost_presences_refused_total', 'Presences beyond those that are remembered', [])
  const leases = counter('waypost_leases_total', 'What one of several processes does, taken or lost', ['name', 'state'])
  const crawls = counter('waypost_crawl_requests_total', 'Hosts that asked to be followed', ['outcome'])

  return {
    ...createProjectEvents(telemetry),
    ...createLinkEvents(telemetry),
    frameReceived: () => frames.inc({ outcome: 'received' }),
    frameForeign: () => frames.inc({ outcome: 'foreign' }),
    refused({ reason, detail, did, seq }, host) {
      refusals.inc({ reason })
      // Counted in any case; a flood of them must not become a flood of lines.
      log.debug({ reason, detail, did, seq, host }, 'refused')
    },
    logged(kind, _host, lagMs) {
      logged.inc({ kind })
      logDelay.observe(lagMs / 1_000)
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
      requests.inc({ method, status })
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
