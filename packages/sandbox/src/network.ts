import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { PDS } from '@atproto/pds'
import * as plcServer from '@did-plc/server'
import { ownLexicons } from '@waypost/lexicon/documents'
import type { Did, World } from '@waypost/kernel'
import { branding } from './branding.ts'
import type { NetworkFacts } from './message.ts'
import { pdsClient, type PdsClient, PdsFault } from './pds-client.ts'
import { openPlcDatabase } from './plc-database.ts'
import { portOf, serverEnd } from './ports.ts'
import { publishLexicons } from './publish-lexicons.ts'
import { establishService } from './service-identity.ts'
import { type SandboxState, writeState } from './state.ts'
import { keepSweeping } from './temporary-blobs.ts'
import { wakeOnWrite } from './wake-on-write.ts'

/** Accounts of a sandbox are called `name.test`, a domain that no real network has (RFC 6761). */
export const HANDLE_DOMAIN = '.test'
const LEXICON_HANDLE = 'lexicons.test'
/** So far back a consumer may ask for events: for ever, in a sandbox. */
const BACKFILL_MAX_MS = 10 * 365 * 24 * 60 * 60 * 1_000
/** One poll of the PDS emits up to 1,000 events; with its default of 500 a consumer at the start is cut off. */
const SUBSCRIPTION_BUFFER_MAX = 20_000
/** What the directory says of Waypost until somebody knows where it serves. */
const ENDPOINT_UNKNOWN = 'http://localhost'

export interface Network extends AsyncDisposable {
  readonly facts: NetworkFacts
  /** Makes the DID document name this URL as Waypost's. */
  announce(serverUrl: string): Promise<void>
}

/**
 * Starts a directory and a PDS in this process, for nobody but this machine.
 * In: a folder, its state, and two servers that hold the ports on 127.0.0.1. Out: a network that answers.
 * Promise: the same folder gives the same accounts, DIDs and URLs again.
 */
export async function startNetwork(
  world: World,
  options: {
    folder: string
    state: SandboxState
    plcServer: Server
    pdsServer: Server
    serverUrl: string | undefined
  },
): Promise<Network> {
  const { folder } = options
  let { state } = options
  await using opened = new AsyncDisposableStack()

  mkdirSync(join(folder, 'pds'), { recursive: true })
  mkdirSync(join(folder, 'blobs'), { recursive: true })
  const plcDatabase = openPlcDatabase(world, join(folder, 'plc.sqlite'))
  opened.defer(() => plcDatabase.close())
  // The package is CommonJS whose exports Node can't see by name.
  const { PlcServer } = (plcServer as unknown as { default?: typeof plcServer }).default ?? plcServer
  const directory = PlcServer.create({ db: plcDatabase, port: portOf(options.plcServer) })
  opened.defer(serverEnd(options.plcServer))
  options.plcServer.on('request', directory.app)
  // By name: the PDS refuses to fetch from hosts that are bare addresses, also in development mode.
  const plcUrl = `http://localhost:${portOf(options.plcServer)}`

  const pds = await createPds({ folder, state, plcUrl, port: portOf(options.pdsServer) })
  opened.defer(() => pds.ctx.destroy())
  wakeOnWrite(world, pds.ctx.sequencer)
  await pds.ctx.sequencer.start()
  // The PDS adds its stream to a server of its own making only, so the port is handed over, not the server.
  const { pds: pdsPort } = state.ports
  await serverEnd(options.pdsServer)()
  const pdsServer = pds.app.listen(pdsPort, '127.0.0.1')
  await once(pdsServer, 'listening')
  pdsServer.keepAliveTimeout = 90_000
  opened.defer(serverEnd(pdsServer))
  const pdsUrl = `http://localhost:${pdsPort}`

  async function announce(serverUrl: string): Promise<void> {
    const { privateKeyHex, did } = state.service
    const service = await establishService({ plcUrl, privateKeyHex, did, endpoint: serverUrl })
    if (did === undefined) remember({ ...state, service: { privateKeyHex, did: service.did } })
    // The PDS proxies by its own copy of the DID document, which may be a day old.
    if (service.changed) await pds.ctx.idResolver.did.resolve(service.did, true)
  }

  function remember(changed: SandboxState): void {
    state = changed
    writeState(folder, state)
  }

  if (options.serverUrl !== undefined || state.service.did === undefined) {
    await announce(options.serverUrl ?? ENDPOINT_UNKNOWN)
  }
  const lexicons = await publishOwnLexicons(pdsClient(pdsUrl), pds, state)
  if (state.lexicons.did === undefined) remember({ ...state, lexicons: { ...state.lexicons, did: lexicons } })
  pds.ctx.cfg.lexicon.didAuthority = lexicons

  opened.use(
    keepSweeping(world, join(folder, 'blobs'), {
      swept: (sweep) => console.log(`cleared ${sweep.files} stale uploads, ${sweep.bytes} bytes`),
      failed: (error) => console.error('clearing stale uploads failed', error),
    }),
  )

  const running = opened.move()
  return {
    facts: {
      pdsUrl,
      plcUrl,
      serviceDid: state.service.did!,
      lexiconDid: lexicons,
      adminPassword: state.secrets.adminPassword,
    },
    announce,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function createPds(options: { folder: string; state: SandboxState; plcUrl: string; port: number }): Promise<PDS> {
  const { secrets } = options.state
  return PDS.fromEnv({
    // OAuth over http is allowed on localhost in development mode only; that mode also lets the PDS call 127.0.0.1.
    hostname: 'localhost',
    devMode: true,
    port: options.port,
    dataDirectory: join(options.folder, 'pds'),
    blobstoreDiskLocation: join(options.folder, 'blobs'),
    didPlcUrl: options.plcUrl,
    serviceHandleDomains: [HANDLE_DOMAIN],
    inviteRequired: false,
    rateLimitsEnabled: false,
    maxSubscriptionBuffer: SUBSCRIPTION_BUFFER_MAX,
    repoBackfillLimitMs: BACKFILL_MAX_MS,
    ...branding,
    jwtSecret: secrets.jwtSecret,
    dpopSecret: secrets.dpopSecret,
    adminPassword: secrets.adminPassword,
    plcRotationKeyK256PrivateKeyHex: secrets.plcRotationKeyHex,
  })
}

/** Publishes our lexicons from an account of their own, so that permission sets resolve without any network. */
async function publishOwnLexicons(client: PdsClient, pds: PDS, state: SandboxState): Promise<Did> {
  const { password, did } = state.lexicons
  // Without a DID noted, the account may still be there: the power went before it could be.
  const existing = await client.signIn(LEXICON_HANDLE, password).catch((error: unknown) => {
    if (did === undefined && error instanceof PdsFault) return undefined
    throw error
  })
  const account =
    existing ?? (await client.createAccount({ handle: LEXICON_HANDLE, email: 'lexicons@sandbox.example', password }))
  const changed = await publishLexicons(client, account, ownLexicons())
  if (changed.length > 0) {
    // Otherwise the PDS would grant what the permission set said up to a day ago.
    await pds.ctx.accountManager.db.db.deleteFrom('lexicon').execute()
    console.log(`published ${changed.length} lexicons`)
  }
  return account.did
}
