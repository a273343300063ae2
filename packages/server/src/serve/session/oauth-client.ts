import type { NodeOAuthClient, NodeSavedSession, NodeSavedState } from '@atproto/oauth-client-node'
import type { KeyValue } from '@waypost/engine'
import { assert, type World } from '@waypost/kernel'
import { leaseLock } from '#log/turns.ts'
import type { PrivateStore } from '#serve/private-store.ts'
import { grantStore, stateStore } from './oauth-stores.ts'

/** What signing in depends on. */
export interface OAuthSetting {
  /** Where people reach us, without a path: loopback, or the public https address. */
  readonly origin: () => string
  readonly serviceDid: string
  readonly plcUrl: string
  /** The PDS of the network on this machine. */
  readonly sandbox: URL | undefined
  /** Refuses what is neither public nor the sandbox's. */
  readonly fetch: typeof globalThis.fetch
}

export interface OAuth {
  readonly scope: string
  /** The same, and to write posts on Bluesky: for whoever wants companions of their check-ins there. */
  readonly postsScope: string
  /** Loaded and made on first use: it is a tenth of a second that a reader need not wait for. */
  client(): Promise<NodeOAuthClient>
  /** The client's own description and keys, where its id is a URL that others read; undefined on loopback. */
  published(): Promise<{ readonly metadata: object; readonly jwks: object } | undefined>
}

export const CALLBACK_PATH = '/oauth/callback'
const METADATA_PATH = '/oauth/client-metadata.json'
const KEYS_PATH = '/oauth/jwks.json'
const KEYSET_KEY = 'oauth/keyset'

/** Where signing in keeps its things. */
export interface OAuthKept {
  /** Our own keys, sign-ins that are under way, and the lock around a refresh. */
  readonly keyValue: KeyValue
  /** What people let us do. */
  readonly grants: PrivateStore
}

export function createOAuth(world: World, kept: OAuthKept, setting: OAuthSetting): OAuth {
  const scope = scopeFor(setting.serviceDid)
  // A client says beforehand all that it may ever ask for; what a person is asked for is less.
  const widest = `${scope} ${POSTS_SCOPE}`
  const isConfidential = (): boolean => setting.origin().startsWith('https://')
  let made: Promise<NodeOAuthClient> | undefined

  function client(): Promise<NodeOAuthClient> {
    made ??= makeClient(world, kept, setting, widest).catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }

  return {
    scope,
    postsScope: widest,
    client,
    async published() {
      if (!isConfidential()) return undefined
      const { clientMetadata, jwks } = await client()
      return { metadata: clientMetadata, jwks }
    },
  }
}

/** Asked for only where somebody wants companions of their check-ins on Bluesky. */
export const POSTS_SCOPE = 'repo:app.bsky.feed.post'

/** Exactly what Waypost writes, and the right to be called through the person's PDS. */
export function scopeFor(serviceDid: string): string {
  return [
    'atproto',
    `include:app.waypost.authMember?aud=${encodeURIComponent(`${serviceDid}#waypost`)}`,
    'repo:community.lexicon.interaction.like',
    'repo:app.bsky.graph.block',
    'repo:app.bsky.graph.follow',
    'blob:image/*',
  ].join(' ')
}

async function makeClient(
  world: World,
  { keyValue, grants }: OAuthKept,
  setting: OAuthSetting,
  scope: string,
): Promise<NodeOAuthClient> {
  const { JoseKey, NodeOAuthClient: Client } = await import('@atproto/oauth-client-node')
  const { buildAtprotoLoopbackClientMetadata } = await import('@atproto/oauth-types')
  const origin = setting.origin()
  const redirectUri = `${origin}${CALLBACK_PATH}` as const
  const shared = {
    stateStore: stateStore<NodeSavedState>(world, keyValue),
    sessionStore: grantStore<NodeSavedSession>(world, grants),
    // A refresh token can be used once: two refreshes at the same time would sign the person out.
    requestLock: leaseLock(world, keyValue, 'oauth/lock/'),
    plcDirectoryUrl: setting.plcUrl,
    fetch: setting.fetch,
    ...(setting.sandbox && { allowHttp: true, handleResolver: setting.sandbox.origin }),
  }
  if (!origin.startsWith('https://')) {
    assert(/^http:\/\/127\.0\.0\.1:\d+$/.test(origin), 'a loopback client lives on 127.0.0.1 with a port')
    const clientMetadata = buildAtprotoLoopbackClientMetadata({
      scope,
      redirect_uris: [redirectUri as `http://127.0.0.1${string}`],
    })
    return new Client({ ...shared, clientMetadata })
  }
  const keyset = await Promise.all((await ownKeys(keyValue)).map((jwk) => JoseKey.fromJWK(jwk)))
  return new Client({
    ...shared,
    keyset,
    clientMetadata: {
      client_id: `${origin}${METADATA_PATH}` as `https://${string}/${string}`,
      client_name: 'Waypost',
      client_uri: origin as `https://${string}`,
      redirect_uris: [redirectUri as `https://${string}`],
      scope,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      dpop_bound_access_tokens: true,
      jwks_uri: `${origin}${KEYS_PATH}` as `https://${string}`,
    },
  })
}

/** The keys that prove to a PDS that it is us; made by whichever process comes first, and kept. */
async function ownKeys(keyValue: KeyValue): Promise<readonly Record<string, unknown>[]> {
  const { JoseKey } = await import('@atproto/oauth-client-node')
  for (;;) {
    const held = await keyValue.get(KEYSET_KEY)
    if (held) return JSON.parse(Buffer.from(held.value).toString('utf8')) as Record<string, unknown>[]
    const key = await JoseKey.generate(['ES256'], `waypost-1`)
    await keyValue.compareAndSet(KEYSET_KEY, Buffer.from(JSON.stringify([key.privateJwk])), { revision: 0 })
  }
}
