/* Long because it wires the whole way, from left to right: one story, which parts of would not tell. */

import { hostname } from 'node:os'
import { join } from 'node:path'
import { splitAtUri, tidClock, type Did, type Telemetry, type World } from '@waypost/kernel'
import { openEventLog } from '#log/event-log.ts'
import { createJourneys } from '#log/journeys.ts'
import { watchLag } from '#project/lag.ts'
import { startProjector } from '#project/projector.ts'
import { shownIdentities } from '#project/person.ts'
import { openReadModel } from '#project/read-model.ts'
import { dropReadModelOfEnded, dropReadModelOfOtherLog, takeInPeople } from '#project/other-log.ts'
import { keepSnapshots } from '#project/snapshot/keep.ts'
import { loadSnapshot } from '#project/snapshot/load.ts'
import { createToldDigests } from '#project/told-digests.ts'
import { openDirectory } from '#query/directory/directory.ts'
import { keepCurrent } from '#query/directory/keep-current.ts'
import { fetchBlob } from '#serve/blob-fetch.ts'
import type { Step } from '#serve/budget/machine.ts'
import { countLogged, countShown, countTaken } from '#serve/budget/meters.ts'
import { createHttp, portOf } from '#serve/http.ts'
import { createHeldPages } from '#serve/held-pages.ts'
import { createImages } from '#serve/images.ts'
import { openCluster } from '#serve/links/open.ts'
import { liveListener } from '#serve/live/feed.ts'
import { hidesFrom } from '#serve/live/hides.ts'
import { createTail } from '#serve/live/tail.ts'
import { createRefusalSamples } from '#serve/ops/refusal-samples.ts'
import { watchOverload } from '#serve/overload.ts'
import { ownRecords } from '#serve/own-records.ts'
import { createPageHeads } from '#serve/page-head.ts'
import { openDenials } from '#serve/denials.ts'
import { createReports } from '#serve/moderation/reports.ts'
import { createSeenStates } from '#serve/seen.ts'
import { createHereNow } from '#serve/presence/here-now.ts'
import { createPresences } from '#serve/presence/presences.ts'
import { tilesAddress } from '#serve/tiles.ts'
import { openPush } from '#serve/push/open.ts'
import { takeTurns } from '#serve/push/turn.ts'
import { createPersonPds } from '#serve/person-pds.ts'
import { createGate } from '#serve/session/gate.ts'
import { createOAuth } from '#serve/session/oauth-client.ts'
import { createServiceAuth } from '#serve/session/service-auth.ts'
import { createSessions } from '#serve/session/sessions.ts'
import type { Writing } from '#serve/writing.ts'
import { allMethods } from '#serve/xrpc/methods.ts'
import { viewCheckins } from '#view/page.ts'
import type { Config } from './config.ts'
import { createEvents } from './events.ts'
import { startIngestServer } from './ingest-server.ts'
import { isShared, startIngesting } from './ingesting.ts'
import { openOperator } from './open-operator.ts'
import { openReading } from './open-reading.ts'
import { openTraces, type Traces } from './open-traces.ts'
import { openProcessBudget } from './open-budget.ts'
import { openEngine } from './open-engine.ts'
import { nodeId } from './node-id.ts'
import { openOutside } from './outside.ts'
import { openPrivate } from './open-private.ts'
import { placeStoreFile } from './places-command.ts'
import type { Server } from './server-port.ts'

/** Behind the log by less than this a server is ready for the first time. */
const FOLLOWING_LAG_MS_MAX = 5_000
/** Behind it by more than this, where there are others, it is not ready any more. */
const LAG_MS_MAX = 30_000
const IMAGES_TRIM_MS = 3_600_000
const PRESENCES_FORGET_MS = 60_000
/** What people notice that is left out. */
const NOTICED: readonly Step[] = ['images', 'search', 'live', 'ingest']

/**
 * The way of the data, from left to right: wire and verify fill the log, project folds it, query and view read, serve
 * answers. Each stage gets the ones before it, and nothing else connects them. One long story, told in order.
 * Throws the signal's reason where that aborts it while it waits for what may take long.
 */
export async function startServer(
  world: World,
  config: Config,
  telemetry: Telemetry,
  signal?: AbortSignal,
): Promise<Server> {
  if (config.role === 'ingest') return startIngestServer(world, config, telemetry)
  const { log } = telemetry
  const journeys = createJourneys()
  const refusals = createRefusalSamples()
  /** Opened later, since it needs what tells events. */
  const tracing: { traces?: Traces | undefined } = {}
  const events = createEvents(telemetry, {
    clock: world.clock,
    journeys,
    refusals,
    traces: () => tracing.traces?.checkins,
  })
  await using opened = new AsyncDisposableStack()

  // What everything stands on; the engine first, since it locks the folder.
  const engine = opened.use(await openEngine(world, config))
  // The directory of places may take seconds to build, in a process of its own, while the rest starts.
  const directoryOpening = openDirectory({
    file: join(config.dataFolder, 'directory.sqlite'),
    imported: placeStoreFile(config.dataFolder),
    ...(config.placesFile !== undefined && { extra: config.placesFile }),
    log,
    signal,
  })
  // It may fail before anybody waits for it.
  const directoryOpened = directoryOpening.catch(() => undefined)
  opened.defer(async () => (await directoryOpened)?.close())
  const { keyValue, blobs } = engine

  // What all of it may use.
  const budget = opened.use(await openProcessBudget(world, { config, events }))
  const { counted } = budget

  // wire and verify: who may be asked, and who somebody is.
  const { plcUrl } = config
  const outside = openOutside(world, config, counted.fetch)
  const { outbound, identities } = outside

  // log
  const eventLog = openEventLog(isShared(config) ? countLogged(engine.log, counted.logged) : engine.log, world)
  // What is in no repository, and who is not to come back: before anything is made of the log.
  const own = opened.use(await openPrivate(world, { config, engine, eventLog, log }))
  const { kept } = own
  const reports = createReports(world, kept)

  // project: from the log to the read model.
  const { dataFolder: folder } = config
  const otherLog = await dropReadModelOfOtherLog({ folder, eventLog })
  if (otherLog) events.readModelDropped(otherLog)
  const loaded = await loadSnapshot({ folder, blobs, eventLog, refused: events.snapshotRefused })
  if (loaded) events.snapshotLoaded(loaded)
  if (await dropReadModelOfEnded({ folder, eventLog, ended: own.ended })) events.readModelDropped('of-another-log')
  const readModel = opened.use(openReadModel({ folder }))
  const headAtStart = await eventLog.head()
  const owner = isShared(config) ? nodeId(world, folder) : undefined
  const replica = `${hostname()}:${folder}`
  const atMilestone =
    owner === undefined
      ? undefined
      : createToldDigests({ world, keyValue, readModel, owner, replica, failed: events.digestFailed })
  const projector = opened.use(startProjector({ world, eventLog, readModel, events, atMilestone }))
  const lag = opened.use(watchLag({ world, head: () => eventLog.head(), position: () => projector.position() }))

  // ingest: from the hosts to the log, here or in another process.
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
      shown: shownIdentities(readModel),
      departures: own.departures,
      reports,
    }),
  )
  opened.use(takeInPeople({ world, folder, track: ingesting.track, done: events.peopleTakenIn }))

  // query and view: from the read model to what people see.
  const directory = await directoryOpening
  const pages = createHeldPages()
  opened.use(keepCurrent(world, directory, { log, renewed: pages.follow }))
  const denials = opened.use(openDenials(kept, { changed: pages.follow }))
  const { queries, fragments } = opened.use(openReading({ readModel, projector, directory, denials }))
  // Who is where now: nothing of it leaves the memory of those processes that are linked.
  const presences = createPresences({
    writer: Buffer.from(world.random.bytes(8)).toString('hex'),
    // Whoever comes does so by HTTP or by a link, and there is neither before the cluster is open.
    ...(config.links && { told: (delta) => cluster.tell(delta) }),
  })
  const hereNow = createHereNow(world, { presences, queries, full: events.presencesFull })
  opened.use(world.timers.every(PRESENCES_FORGET_MS, () => presences.forget(world.clock.now())))
  opened.use(
    projector.subscribe((batch) => {
      hereNow.follow(batch)
      pages.follow()
    }),
  )
  await queries.loadPoints(() => new Promise((resolve) => setImmediate(resolve)))

  // serve: signing in, writing, reading, pictures and what is live.
  const failedTo = (what: string) => (error: unknown) => log.error({ err: error }, `could not ${what}`)
  const home = { origin: originOf(config, () => portOf(http)) }
  const sessions = createSessions(world, keyValue)
  const oauth = createOAuth(
    world,
    { keyValue, grants: kept },
    {
      origin: home.origin,
      serviceDid: config.serviceDid,
      plcUrl,
      sandbox: config.sandbox,
      fetch: outbound.fetchLike,
    },
  )
  const pdsOf = async (did: Did): Promise<string | undefined> => {
    const identity = await identities.resolve(did)
    return identity.ok ? identity.value.pds : undefined
  }
  const seen = createSeenStates(world, kept)
  const push =
    config.pushKeys &&
    opened.use(
      openPush({
        world,
        keyValue,
        kept,
        queries,
        seen,
        outbound,
        keys: config.pushKeys,
        ended: events.pushed,
        failed: failedTo('push'),
      }),
    )
  const pushing =
    push && opened.use(takeTurns({ world, keyValue, push, owner, events, failed: failedTo('begin to push') }))
  const writing: Writing = {
    world,
    pds: createPersonPds(oauth),
    nextTid: tidClock(world),
    waitForRev: (did, rev, options) => projector.waitForRev(did, rev, options),
    own: ownRecords(queries),
    denials,
    async signedOut(did) {
      await sessions.endAll(did)
      await push?.forget(did)
    },
    wrote: events.wrote,
  }
  const serviceAuth = createServiceAuth(world, config.serviceDid, async (did, { fresh }) => {
    const identity = await identities.resolve(did, { force: fresh })
    return identity.ok ? identity.value.signingKey : undefined
  })
  const gate = createGate({ home, sessions, serviceAuth, tokenSeen: events.serviceToken, asked: counted.person })
  const images = createImages(blobs, {
    visible: (did, cid) => queries.visiblePhoto(did, cid) !== undefined,
    fetchBlob: (did, cid) => fetchBlob({ pdsOf, fetch: outbound.fetch }, did, cid),
    outcome(preset, outcome) {
      events.image(preset, outcome)
      if (outcome === 'rendered') counted.image()
    },
    refusal: budget.refusal,
  })
  opened.use(world.timers.every(IMAGES_TRIM_MS, () => images.trim().catch(failedTo('trim the image cache'))))
  const tail = createTail(world, {
    counted: events.followers,
    letGo: events.followerLetGo,
    flushed: events.flushed,
  })
  budget.whenChanged(() => {
    if (budget.sheds('live')) tail.sendAway()
    pages.follow()
  })
  const views = (ids: readonly number[]) => viewCheckins(queries, ids, undefined)
  const tellLive = liveListener(world, { tail, views, fresh: events.fresh })
  // What the log held at the start is no news: live begins where the read model has caught up with it.
  let caughtUp = projector.position() >= headAtStart
  const beginLive = (position: number): void => {
    tail.begin(position)
    pushing?.begin()
  }
  if (caughtUp) beginLive(projector.position())
  opened.use(
    projector.subscribe((batch) => {
      if (caughtUp) {
        tellLive(batch)
        pushing?.follow(batch)
        if (config.role === 'replica') countShown(batch, counted)
        return
      }
      caughtUp = batch.through >= headAtStart
      if (caughtUp) beginLive(batch.through)
    }),
  )
  opened.use(
    projector.subscribe(({ changes }) => {
      const authors = new Set(changes.flatMap(({ kind, uri }) => (kind === 'deletion' ? splitAtUri(uri)!.did : [])))
      for (const did of authors) void images.purge(did).catch(failedTo('purge images'))
    }),
  )

  let isDraining = false
  let isFollowing = false
  /** From the first time on: later a longer lag is meant, since all that take in a flood are alike. */
  const hasFollowed = (): boolean => (isFollowing ||= caughtUp && lag.ms() <= FOLLOWING_LAG_MS_MAX)
  const isBehind = (): boolean => !hasFollowed() || (isShared(config) && lag.ms() > LAG_MS_MAX)
  const missing = (): readonly string[] => [
    ...(isDraining ? ['draining'] : []),
    ...(isBehind() ? ['read-model'] : []),
    ...ingesting.missing(),
  ]
  const snapshots =
    config.snapshotEveryMs === undefined
      ? undefined
      : opened.use(
          keepSnapshots({
            world,
            keyValue,
            blobs,
            readModel,
            owner: nodeId(world, folder),
            everyMs: config.snapshotEveryMs,
            isWorthIt: () => !isBehind(),
            taken: events.snapshotTaken,
            failed: events.snapshotFailed,
            events,
          }),
        )
  let answers = 0
  const cluster = opened.use(
    await openCluster({
      world,
      settings: config.links,
      self: () => nodeId(world, folder),
      service: config.serviceDid,
      events,
      hereNow: { held: presences.held, join: hereNow.join },
      own: () => ({
        role: config.role,
        version: config.version,
        position: projector.position(),
        lagMs: lag.ms(),
        requests: answers,
        followers: tail.count,
        ...(config.role === 'all' && { isActive: ingesting.isActive() }),
      }),
    }),
  )
  const operator = opened.use(
    openOperator({
      world,
      config,
      telemetry,
      events,
      eventLog,
      ingesting,
      projector,
      queries,
      tail,
      cluster,
      budget,
      journeys,
      refusals,
      isShown: (id) => views([id]).length > 0,
    }),
  )
  tracing.traces = opened.use(
    await openTraces({ world, config, telemetry, journeys, eventLog, gather: operator.gather }),
  )
  opened.use(projector.subscribe((batch) => tracing.traces?.checkins.follow(batch)))
  const signUpAt = config.sandbox
  const facts = {
    serviceDid: config.serviceDid,
    version: config.version,
    signUp: signUpAt !== undefined,
    handleDomain: config.sandbox && '.test',
    mapStyle: config.mapStyle,
    tiles: tilesAddress(config.tiles),
    pushPublicKey: config.pushKeys?.publicKey,
    shed: () => NOTICED.filter((step) => budget.sheds(step)),
  }
  const shown = { mapStyle: config.mapStyle, tiles: config.tiles, home, heads: createPageHeads(queries) }
  const overload = opened.use(watchOverload(world, events))
  const http = await createHttp(world, {
    xrpc: {
      methods: allMethods({
        writing,
        facts,
        seen,
        presences,
        hereNow,
        reports,
        origin: home.origin,
        push,
        searchRefusal: () => budget.refusal('search'),
      }),
      queries,
      fragments,
      now: () => world.clock.now(),
      pages,
      identify: gate.identify,
      recognise: gate.recognise,
      admit: gate.admit,
      failed: events.handlerFailed,
    },
    signing: {
      oauth,
      sessions,
      home,
      signUpAt,
      async handleOf(did) {
        const identity = await identities.resolve(did)
        const check = identity.ok ? await identities.verifiedHandle(identity.value) : undefined
        // Where nobody can say now, what held last still does.
        if (!check || check.kind === 'away') return queries.personByDid(did)?.handle
        return check.kind === 'holds' ? check.handle : undefined
      },
      async welcome(did) {
        void ingesting.track(did).catch(failedTo('track a member'))
        // Without a relay, nobody else tells us what this person writes from now on.
        const pds = config.hosts.length === 0 ? await pdsOf(did) : undefined
        if (pds !== undefined) await ingesting.followHost(pds)
      },
      left: async (did) => push?.forget(did),
      outcome: events.signIn,
    },
    images,
    tail,
    logHead: () => eventLog.head(),
    liveRefusal: () => budget.refusal('live'),
    async hidesFor(request) {
      const asker = await gate.identify(request, 'app.waypost.feed.subscribe')
      const viewer = asker.ok ? asker.value.viewer : undefined
      return viewer && hidesFrom(world, queries, viewer)
    },
    crawling: {
      keyValue,
      outbound,
      loopbackAllowed: config.sandbox !== undefined,
      follow: ingesting.followHost,
      requested: events.crawlRequested,
    },
    health: {
      version: config.version,
      serviceDid: config.serviceDid,
      endpoint: home.origin,
      missing,
      ...(isShared(config) && config.role === 'all' && { ingest: () => (ingesting.isActive() ? 'active' : 'standby') }),
      async metrics() {
        await operator.gather()
        return { type: telemetry.metrics.contentType, text: await telemetry.metrics.metrics() }
      },
    },
    ops: operator.ops,
    web: config.webFolder === undefined ? undefined : { ...shown, folder: config.webFolder },
    overload,
    isDraining: () => isDraining,
    behindProxy: config.publicUrl?.protocol === 'https:',
    answered(answer) {
      answers++
      events.httpAnswered(answer)
      operator.answered(answer)
    },
    failed: events.handlerFailed,
  })
  opened.defer(() => http.close())
  budget.countEgressOf(http.server)
  await http.listen({ host: config.host, port: config.port })

  const running = opened.move()
  return {
    url: home.origin(),
    missing,
    async drain() {
      isDraining = true
      await world.timers.sleep(config.drainMs)
    },
    finished: Promise.race([
      projector.stopped,
      ingesting.finished,
      own.finished,
      ...[snapshots, pushing].flatMap((each) => (each ? [each.finished] : [])),
    ]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Where people reach us: the public address, or loopback with the port that was really taken. */
function originOf({ publicUrl }: Config, port: () => number): () => string {
  if (publicUrl) return () => publicUrl.origin
  // Every request asks, and the system is slow to say.
  let taken = 0
  return () => `http://127.0.0.1:${(taken ||= port())}`
}
