import { join } from 'node:path'
import { openEmbeddedEngine } from '@waypost/engine'
import { splitAtUri, tidClock, type Did, type Telemetry, type World } from '@waypost/kernel'
import { CONCURRENCY_DEFAULT, createBackfills } from '#log/backfills.ts'
import { openEventLog } from '#log/event-log.ts'
import { startIngest } from '#log/ingest.ts'
import { startProjector } from '#project/projector.ts'
import { shownIdentities } from '#project/person.ts'
import { openReadModel } from '#project/read-model.ts'
import { openDirectory } from '#query/directory/directory.ts'
import { keepCurrent } from '#query/directory/keep-current.ts'
import { openQueries } from '#query/queries.ts'
import { knownHosts, rememberHost } from '#serve/crawl.ts'
import { fetchBlob } from '#serve/blob-fetch.ts'
import { startControl } from '#serve/control.ts'
import { createHttp, portOf } from '#serve/http.ts'
import { createHeldPages } from '#serve/held-pages.ts'
import { createImages } from '#serve/images.ts'
import { liveListener } from '#serve/live/feed.ts'
import { hidesFrom } from '#serve/live/hides.ts'
import { createTail } from '#serve/live/tail.ts'
import { ownRecords } from '#serve/own-records.ts'
import { openDenials } from '#serve/denials.ts'
import { createSeenStates } from '#serve/seen.ts'
import { openPush } from '#serve/push/open.ts'
import { createPersonPds } from '#serve/person-pds.ts'
import { createGate } from '#serve/session/gate.ts'
import { createOAuth } from '#serve/session/oauth-client.ts'
import { createServiceAuth } from '#serve/session/service-auth.ts'
import { createSessions } from '#serve/session/sessions.ts'
import type { Writing } from '#serve/writing.ts'
import { allMethods } from '#serve/xrpc/methods.ts'
import { createFragments } from '#view/fragments.ts'
import { viewCheckins } from '#view/page.ts'
import { createCheckPool } from '#verify/check-pool.ts'
import type { Config } from './config.ts'
import { createEvents } from './events.ts'
import { openOutside } from './outside.ts'
import { placeStoreFile } from './places-command.ts'

/** A running server. Disposing it drains what is under way and closes everything that it opened. */
export interface Server extends AsyncDisposable {
  readonly url: string
  /** What it still waits for; empty once it has caught up with its log and tried every host. */
  readonly missing: () => readonly string[]
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly finished: Promise<void>
}

/** A host that has not answered by then is away; we are ready without it. */
const HOST_TRIED_MS = 5_000
const IMAGES_TRIM_MS = 3_600_000

/**
 * The way of the data, from left to right: wire and verify fill the log, project folds it, query and view read, serve
 * answers. Each stage gets the ones before it, and nothing else connects them. One long story, told in order.
 */
export async function startServer(world: World, config: Config, telemetry: Telemetry): Promise<Server> {
  const { log } = telemetry
  const events = createEvents(telemetry)
  await using opened = new AsyncDisposableStack()

  // What everything stands on; the engine first, since it locks the folder.
  const engine = opened.use(await openEmbeddedEngine({ folder: config.dataFolder, world }))
  // The directory of places may take seconds to build, in a process of its own, while the rest starts.
  const directoryOpening = openDirectory({
    file: join(config.dataFolder, 'directory.sqlite'),
    imported: placeStoreFile(config.dataFolder),
    ...(config.placesFile !== undefined && { extra: config.placesFile }),
    log,
  })
  opened.defer(async () => (await directoryOpening.catch(() => undefined))?.close())
  const { keyValue, blobs } = engine

  // wire and verify: who may be asked, and who somebody is.
  const { plcUrl } = config
  const { outbound, identities, isPlainAllowed } = openOutside(world, config)

  // log
  const eventLog = openEventLog(engine.log, world)

  // project: from the log to the read model.
  const readModel = opened.use(openReadModel({ folder: config.dataFolder }))
  const headAtStart = await eventLog.head()
  const projector = opened.use(startProjector({ world, eventLog, readModel, events }))

  // ingest: from the hosts to the log.
  const known = (await knownHosts(keyValue)).filter((url) => !config.hosts.includes(url))
  const hosts = [...config.hosts.map((url) => ({ url })), ...known.map((url) => ({ url, kind: 'pds' as const }))]
  const tried = new Set<string>()
  const checks = opened.use(createCheckPool({ threads: config.checkThreads }))
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
      shown: shownIdentities(readModel),
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
  const inLog = { world, log, keyValue, eventLog, identities, outbound, ingest, events, isPlainAllowed }
  const backfills = createBackfills(inLog)
  opened.use(await startControl({ world, log, folder: config.dataFolder, backfills }))
  opened.use(backfills)

  // query and view: from the read model to what people see.
  const directory = await directoryOpening
  const pages = createHeldPages()
  opened.use(keepCurrent(world, directory, { log, renewed: pages.follow }))
  const denials = await openDenials(keyValue, { changed: pages.follow })
  const queries = opened.use(openQueries({ readModel, directory, denials }))
  const fragments = createFragments(queries)
  opened.use(
    projector.subscribe((batch) => {
      queries.follow(batch)
      fragments.follow(batch)
      pages.follow()
    }),
  )
  await queries.loadPoints(() => new Promise((resolve) => setImmediate(resolve)))

  // serve: signing in, writing, reading, pictures and what is live.
  const failedTo = (what: string) => (error: unknown) => log.error({ err: error }, `could not ${what}`)
  const home = { origin: originOf(config, () => portOf(http)) }
  const sessions = createSessions(world, keyValue)
  const oauth = createOAuth(world, keyValue, {
    origin: home.origin,
    serviceDid: config.serviceDid,
    plcUrl,
    sandbox: config.sandbox,
    fetch: outbound.fetchLike,
  })
  const pdsOf = async (did: Did): Promise<string | undefined> => {
    const identity = await identities.resolve(did)
    return identity.ok ? identity.value.pds : undefined
  }
  const seen = createSeenStates(world, keyValue)
  const push =
    config.pushKeys &&
    opened.use(
      openPush({
        world,
        keyValue,
        queries,
        seen,
        outbound,
        keys: config.pushKeys,
        ended: events.pushed,
        failed: failedTo('push'),
      }),
    )
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
    return identity.ok ? identity.value.signingKey.text : undefined
  })
  const gate = createGate({ home, sessions, serviceAuth, tokenSeen: events.serviceToken })
  const followHost = async (origin: string): Promise<void> => {
    await rememberHost(keyValue, origin)
    ingest.addHost({ url: origin, kind: 'pds' })
  }
  const images = createImages(blobs, {
    visible: (did, cid) => queries.visiblePhoto(did, cid) !== undefined,
    fetchBlob: (did, cid) => fetchBlob({ pdsOf, fetch: outbound.fetch }, did, cid),
    outcome: events.image,
  })
  opened.use(world.timers.every(IMAGES_TRIM_MS, () => images.trim().catch(failedTo('trim the image cache'))))
  const tail = createTail(world, { counted: events.followers, letGo: events.followerLetGo })
  const views = (ids: readonly number[]) => viewCheckins(queries, ids, undefined)
  const tellLive = liveListener(world, { tail, views, fresh: events.fresh })
  // What the log held at the start is no news: live begins where the read model has caught up with it.
  let caughtUp = projector.position() >= headAtStart
  const beginLive = (position: number): void => {
    tail.begin(position)
    void push?.begin().catch(failedTo('begin to push'))
  }
  if (caughtUp) beginLive(projector.position())
  opened.use(
    projector.subscribe((batch) => {
      if (caughtUp) {
        tellLive(batch)
        push?.follow(batch)
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

  const triedBy = world.clock.elapsed() + HOST_TRIED_MS
  const missing = (): readonly string[] => [
    ...(caughtUp ? [] : ['read-model']),
    ...hosts.flatMap(({ url }) => (!tried.has(url) && world.clock.elapsed() < triedBy ? [url] : [])),
  ]
  const signUpAt = config.sandbox
  const facts = {
    serviceDid: config.serviceDid,
    version: config.version,
    signUp: signUpAt !== undefined,
    handleDomain: config.sandbox && '.test',
    mapStyle: config.mapStyle,
    pushPublicKey: config.pushKeys?.publicKey,
  }
  const http = await createHttp(world, {
    xrpc: {
      methods: allMethods({ writing, facts, seen, push }),
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
        void ingest.track(did).catch(failedTo('track a member'))
        // Without a relay, nobody else tells us what this person writes from now on.
        const pds = config.hosts.length === 0 ? await pdsOf(did) : undefined
        if (pds !== undefined) await followHost(pds)
      },
      left: async (did) => push?.forget(did),
      outcome: events.signIn,
    },
    images,
    tail,
    async hidesFor(request) {
      const asker = await gate.identify(request, 'app.waypost.feed.subscribe')
      const viewer = asker.ok ? asker.value.viewer : undefined
      return viewer && hidesFrom(world, queries, viewer)
    },
    crawling: {
      keyValue,
      outbound,
      loopbackAllowed: config.sandbox !== undefined,
      follow: followHost,
      requested: events.crawlRequested,
    },
    health: {
      version: config.version,
      serviceDid: config.serviceDid,
      endpoint: home.origin,
      missing,
      async metrics() {
        events.unsynchronized(ingest.unsynchronized())
        events.lagging((await eventLog.head()) - projector.position())
        return { type: telemetry.metrics.contentType, text: await telemetry.metrics.metrics() }
      },
    },
    web: config.webFolder === undefined ? undefined : { folder: config.webFolder, mapStyle: config.mapStyle, home },
    behindProxy: config.publicUrl?.protocol === 'https:',
    answered: events.httpAnswered,
    failed: events.handlerFailed,
  })
  opened.defer(() => http.close())
  await http.listen({ host: config.host, port: config.port })

  const running = opened.move()
  return {
    url: home.origin(),
    missing,
    finished: Promise.race([projector.stopped, ingest.finished, backfills.finished]),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Where people reach us: the public address, or loopback with the port that was really taken. */
function originOf({ publicUrl }: Config, port: () => number): () => string {
  if (publicUrl?.protocol === 'https:') return () => publicUrl.origin
  // Every request asks, and the system is slow to say.
  let taken = 0
  return () => `http://127.0.0.1:${(taken ||= port())}`
}
