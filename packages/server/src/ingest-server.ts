import type { Telemetry, World } from '@waypost/kernel'
import { openEventLog } from '#log/event-log.ts'
import { createJourneys } from '#log/journeys.ts'
import { warnOfEngine } from '#log/patience.ts'
import { followToldIdentities } from '#log/told-identities.ts'
import { countLogged, countTaken } from '#serve/budget/meters.ts'
import { portOf } from '#serve/http.ts'
import { openCluster } from '#serve/links/open.ts'
import { createReports } from '#serve/moderation/reports.ts'
import { createWatchHttp } from '#serve/watch-http.ts'
import type { Config } from './config.ts'
import { createEvents } from './events.ts'
import { figuresGatherer } from './gather-figures.ts'
import { startIngesting } from './ingesting.ts'
import { nodeId } from './node-id.ts'
import { openProcessBudget } from './open-budget.ts'
import { openEngine } from './open-engine.ts'
import { openPrivate } from './open-private.ts'
import { openTraces, type Traces } from './open-traces.ts'
import { openOutside } from './outside.ts'
import type { Server } from './server-port.ts'

/**
 * The left half of the way, wire to log, without a read model: of several such processes one follows the hosts, and the
 * others are ready to. Its HTTP is for those who watch over it.
 */
export async function startIngestServer(world: World, config: Config, telemetry: Telemetry): Promise<Server> {
  const { log } = telemetry
  /** Opened later, since it needs what tells events. */
  const tracing: { traces?: Traces | undefined } = {}
  const events = createEvents(telemetry, { clock: world.clock, traces: () => tracing.traces?.checkins })
  await using opened = new AsyncDisposableStack()
  const engine = opened.use(await openEngine(world, config))
  const { keyValue } = engine
  const budget = opened.use(await openProcessBudget(world, { config, events }))
  const { counted } = budget
  const eventLog = openEventLog(countLogged(engine.log, counted.logged), world)
  const own = opened.use(await openPrivate(world, { config, engine, eventLog, log }))
  const told = opened.use(
    followToldIdentities({ world, folder: config.dataFolder, eventLog, failed: warnOfEngine(log) }),
  )
  const outside = openOutside(world, config, counted.fetch)
  const shown = (did: Parameters<typeof told.of>[0]) => told.of(did)
  const { departures } = own
  const reports = createReports(world, own.kept)
  const ingesting = opened.use(
    await startIngesting({
      world,
      log,
      config,
      events: countTaken(events, counted),
      budget,
      keyValue,
      eventLog,
      outside,
      shown,
      departures,
      reports,
    }),
  )
  opened.use(
    await openCluster({
      world,
      settings: config.links,
      self: () => nodeId(world, config.dataFolder),
      service: config.serviceDid,
      events,
      own: () => ({ role: config.role, version: config.version, isActive: ingesting.isActive() }),
    }),
  )
  const gather = figuresGatherer({ world, events, eventLog, ingesting })
  // What came in here is told at once: nothing of it is asked again.
  const journeys = createJourneys(1)
  tracing.traces = opened.use(await openTraces({ world, config, telemetry, journeys, eventLog, gather }))
  const http = createWatchHttp({
    version: config.version,
    serviceDid: config.serviceDid,
    endpoint: () => url(),
    missing: () => [],
    ingest: () => (ingesting.isActive() ? 'active' : 'standby'),
    async metrics() {
      await gather()
      return { type: telemetry.metrics.contentType, text: await telemetry.metrics.metrics() }
    },
  })
  const url = (): string => config.publicUrl?.origin ?? `http://127.0.0.1:${portOf(http)}`
  opened.defer(() => http.close())
  budget.countEgressOf(http.server)
  await http.listen({ host: config.host, port: config.port })
  const running = opened.move()
  return {
    url: `http://127.0.0.1:${portOf(http)}`,
    missing: () => [],
    async drain() {
      // Nobody asks it for anything.
    },
    finished: Promise.race([told.finished, ingesting.finished, own.finished]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
