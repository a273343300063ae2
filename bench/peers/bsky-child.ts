/**
 * `node bench/peers/bsky-child.ts SETTINGS`: Bluesky's open AppView in one process, in the parts and with the settings
 * that its own development network has: data plane, subscription and HTTP service, on PostgreSQL. Settings are JSON. It
 * ends when its parent is gone, however it ended.
 */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { pathToFileURL } from 'node:url'
import { Secp256k1Keypair } from '@atproto/crypto'

export interface BskySettings {
  /** The main file of `@atproto/bsky`. */
  readonly program: string
  readonly port: number
  readonly dataplanePort: number
  readonly postgresUrl: string
  readonly schema: string
  readonly plcUrl: string
  /** Of the firehose; handles are asked for there too. */
  readonly hostUrl: string
  readonly serviceDid: string
  readonly adminPassword: string
}

export type BskyOrder = 'settle'
export type BskyWord = 'ready' | 'settled'

/** What is used of the package. */
interface Bsky {
  readonly Database: new (options: object) => { migrateToLatestOrThrow(): Promise<unknown>; close(): Promise<void> }
  readonly DataPlaneServer: {
    create(
      db: object,
      listen: object,
      plcUrl: string,
      fetch: typeof globalThis.fetch,
    ): Promise<{ idResolver: Resolver }>
  }
  readonly ServerConfig: new (config: object) => object
  readonly BskyAppView: { create(options: object): { app: { listen(options: object): Server } } }
  readonly RepoSubscription: new (options: object) => { start(): Promise<void>; processAll(): Promise<void> }
}

interface Resolver {
  readonly handle: { resolve(handle: string): Promise<string | undefined> }
}

const DATABASE_CONNECTIONS = 10

const settings = JSON.parse(process.argv[2] ?? '{}') as BskySettings
const { port, dataplanePort, postgresUrl: url, schema, plcUrl, hostUrl, serviceDid } = settings
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
const bsky = (await import(pathToFileURL(settings.program).href)) as Bsky

const migrating = new bsky.Database({ url, schema })
await migrating.migrateToLatestOrThrow()
await migrating.close()

const db = new bsky.Database({ url, schema, poolSize: DATABASE_CONNECTIONS })
const { idResolver } = await bsky.DataPlaneServer.create(db, loopback(dataplanePort), plcUrl, globalThis.fetch)
idResolver.handle.resolve = resolveAtHost
const appView = bsky.BskyAppView.create({
  config: new bsky.ServerConfig(config()),
  signingKey: await Secp256k1Keypair.create(),
})
await once(appView.app.listen(loopback(port)), 'listening')
const subscription = new bsky.RepoSubscription({ service: hostUrl.replace('http:', 'ws:'), db, idResolver })
void subscription.start()

process.on('message', (order: BskyOrder) => {
  if (order === 'settle') void subscription.processAll().then(() => tell('settled'))
})
tell('ready')

function tell(word: BskyWord): void {
  process.send?.(word)
}

/** By themselves they would listen on every address. */
function loopback(of: number): object {
  return { port: of, host: '127.0.0.1' }
}

/** Handles of `.test` are in no DNS: the host that the people are on answers for them. */
async function resolveAtHost(handle: string): Promise<string | undefined> {
  const answer = await fetch(`${hostUrl}/xrpc/com.atproto.identity.resolveHandle?handle=${handle}`)
  return answer.ok ? ((await answer.json()) as { did: string }).did : undefined
}

function config(): object {
  return {
    version: 'unknown',
    port,
    didPlcUrl: plcUrl,
    publicUrl: 'https://bsky.example',
    serverDid: serviceDid,
    alternateAudienceDids: [],
    dataplaneUrls: [`http://127.0.0.1:${dataplanePort}`],
    dataplaneHttpVersion: '1.1',
    // What people mute and prefer is kept by a service of its own, which nothing here asks for.
    bsyncUrl: 'http://127.0.0.1:1',
    bsyncHttpVersion: '1.1',
    modServiceDid: 'did:example:moderation',
    labelsFromIssuerDids: [],
    adminPasswords: [settings.adminPassword],
    etcdHosts: [],
    disableSsrfProtection: true,
    maxThreadParents: 50,
    draftsLimit: 500,
    feedGenSkeletonTimeout: 5_000,
    bigThreadUris: new Set(),
    searchTagsHide: new Set(),
    searchTagsHideAll: new Set(),
    threadTagsBumpDown: new Set(),
    threadTagsHide: new Set(),
    visibilityTagHide: '',
    visibilityTagRankPrefix: '',
    debugFieldAllowedDids: new Set(),
    irisFeedUris: new Set(),
  }
}
