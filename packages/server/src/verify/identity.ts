import { isValidHandle, normalizeHandle } from '@atproto/syntax'
import { ok, refuse, type Did, type Handle, type Result, type World } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import { readJson } from '#wire/repo.ts'
import { createTurnstile } from '#wire/turnstile.ts'
import { parseDidKey, parseLegacyKey, type PublicKey } from '#verify/did-key.ts'
import { createHandles, type HandleAnswer, type TxtRecords } from '#verify/handle.ts'

/** Who somebody is, by their DID document. */
export interface Identity {
  readonly did: Did
  /** The handle that the document claims; a claim until `verifiedHandle` says so. */
  readonly claimedHandle: Handle | undefined
  /** The origin of the person's PDS. */
  readonly pds: string | undefined
  /** Signs their repository. */
  readonly signingKey: PublicKey
  /** When the document was asked for, in milliseconds since 1970: what changed later is not in it. */
  readonly resolvedAt: number
}

/** Whether a claimed handle holds in both directions. 'away': nobody could say now, so it stays what it was. */
export type HandleCheck =
  | { readonly kind: 'holds'; readonly handle: Handle }
  | { readonly kind: 'fails' }
  | { readonly kind: 'away'; readonly detail: string }

/** 'gone': the directory says that the DID was given up. 'unresolved': nobody can say now. 'invalid': no use to us. */
export type IdentityFault = { readonly kind: 'gone' | 'unresolved' | 'invalid'; readonly detail: string }

export interface Identities {
  /**
   * The identity, from memory where it is younger than an hour; one a day old still counts while it is fetched anew.
   * `force`: fetch it anew in any case, but on average at most once a minute per DID.
   */
  resolve(did: Did, options?: { readonly force?: boolean }): Promise<Result<Identity, IdentityFault>>
  /** The same by force; undefined, and at once, where it is too early to fetch it anew. */
  resolveAnew(did: Did): Promise<Result<Identity, IdentityFault> | undefined>
  /** Milliseconds until it is not; 0: it would be fetched now. */
  forceInMs(did: Did): number
  /** Whether the claimed handle holds in both directions. Asks the network, and nothing of it is remembered. */
  verifiedHandle(identity: Identity): Promise<HandleCheck>
  /** The DID that a handle leads to, one direction only. Asks the network. */
  resolveHandle(handle: string): Promise<HandleAnswer>
  /** Forgets what is known of a DID; the next `resolve` asks anew. */
  forget(did: Did): void
}

export interface IdentitiesOptions {
  readonly world: World
  readonly outbound: Outbound
  readonly plcUrl: string
  /**
   * Where handles have no DNS (the sandbox's `.test`): the origin of the PDS that is asked by
   * `com.atproto.identity.resolveHandle` instead. A person's own claim is put to the PDS of their DID document, which
   * could lie: never on the real network.
   */
  readonly handlesAtPds?: string
  /** `TXT` records of a name; the system's resolver unless a test brings its own. */
  readonly txtRecords?: TxtRecords
}

/** Past this many the one used longest ago is forgotten. */
const IDENTITIES_MAX = 100_000
const STALE_AFTER_MS = 60 * 60_000
const EXPIRED_AFTER_MS = 24 * 60 * 60_000
const FORCED_EVERY_MS = 60_000
/** Who moves house is announced two or three times within a second: so many may be looked at without a wait. */
const FORCED_AT_ONCE_MAX = 3
/** After the directory could not be reached, nobody waits for it again for this long. */
const DIRECTORY_REST_MS = 2_000
/** Documents fetched at once; more wait. */
const FETCHES_MAX = 64
const DOCUMENT_BYTES_MAX = 64 * 1_024
const DOCUMENT_MS_MAX = 5_000

interface Known {
  readonly identity: Identity
  fetchedAt: number
}

export function createIdentities(options: IdentitiesOptions): Identities {
  const { world, outbound, plcUrl, handlesAtPds, txtRecords } = options
  const handles = createHandles({ outbound, handlesAtPds, txtRecords })
  const known = new Map<Did, Known>()
  const underWay = new Map<Did, Promise<Result<Identity, IdentityFault>>>()
  /** When the last of each DID's forced fetches would have been due, had they been spread evenly. */
  const forcedUntil = new Map<Did, number>()
  const turn = createTurnstile(FETCHES_MAX)
  let directoryRestsUntil = 0

  async function resolve(
    did: Did,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<Result<Identity, IdentityFault>> {
    const anew = force ? await resolveAnew(did) : undefined
    if (anew) return anew
    const now = world.clock.now()
    const have = known.get(did)
    if (!have || now - have.fetchedAt > EXPIRED_AFTER_MS) return fetchAnew(did)
    known.delete(did)
    known.set(did, have)
    if (now - have.fetchedAt > STALE_AFTER_MS) void fetchAnew(did)
    return ok(have.identity)
  }

  async function resolveAnew(did: Did): Promise<Result<Identity, IdentityFault> | undefined> {
    // What is under way may have been asked for before that of which the caller has heard.
    await underWay.get(did)
    return underWay.get(did) ?? (mayForce(did) ? fetchAnew(did) : undefined)
  }

  function forceInMs(did: Did): number {
    const until = forcedUntil.get(did) ?? 0
    return Math.max(0, until - (FORCED_AT_ONCE_MAX - 1) * FORCED_EVERY_MS - world.clock.elapsed())
  }

  function mayForce(did: Did): boolean {
    if (forceInMs(did) > 0) return false
    const until = Math.max(forcedUntil.get(did) ?? 0, world.clock.elapsed()) + FORCED_EVERY_MS
    forcedUntil.delete(did)
    forcedUntil.set(did, until)
    trim(forcedUntil, IDENTITIES_MAX)
    return true
  }

  function fetchAnew(did: Did): Promise<Result<Identity, IdentityFault>> {
    let pending = underWay.get(did)
    if (!pending) {
      pending = turn(() => fetchDocument(did)).then((fetched) => {
        underWay.delete(did)
        if (fetched.ok) {
          known.delete(did)
          known.set(did, { identity: fetched.value, fetchedAt: world.clock.now() })
          trim(known, IDENTITIES_MAX)
        } else if (fetched.error.kind !== 'unresolved') {
          known.delete(did)
        }
        return fetched
      })
      underWay.set(did, pending)
    }
    return pending
  }

  async function fetchDocument(did: Did): Promise<Result<Identity, IdentityFault>> {
    const url = documentUrl(did, plcUrl)
    if (!url) return fault('invalid', 'neither did:plc nor did:web')
    const isPlc = did.startsWith('did:plc:')
    if (isPlc && world.clock.now() < directoryRestsUntil) return fault('unresolved', 'the directory does not answer')
    const askedAt = world.clock.now()
    const answer = await outbound.fetch(url, {
      maxBytes: DOCUMENT_BYTES_MAX,
      timeoutMs: DOCUMENT_MS_MAX,
      redirect: 'error',
      accept: 'application/did+ld+json, application/json',
    })
    if (!answer.ok) {
      if (isPlc) directoryRestsUntil = world.clock.now() + DIRECTORY_REST_MS
      return fault('unresolved', `${answer.error.reason}: ${answer.error.detail}`)
    }
    const { status } = answer.value
    if (isPlc && status === 410) return fault('gone', 'tombstone')
    if (status !== 200) return fault('unresolved', `HTTP ${status}`)
    const document = readJson(answer.value)
    return document ? identityOf(did, document, askedAt) : fault('invalid', 'not a document')
  }

  async function verifiedHandle({ claimedHandle, did, pds }: Identity): Promise<HandleCheck> {
    if (!claimedHandle) return { kind: 'fails' }
    const answer = await handles.ask(claimedHandle, { did, pds })
    if (answer.kind === 'away') return answer
    return answer.kind === 'leads' && answer.to === did ? { kind: 'holds', handle: claimedHandle } : { kind: 'fails' }
  }

  return {
    resolve,
    resolveAnew,
    forceInMs,
    verifiedHandle,
    resolveHandle: (handle) => handles.ask(handle),
    forget: (did) => void known.delete(did),
  }
}

/** A host, perhaps with a port written as `%3A`; the protocol allows no path. */
const DID_WEB = /^did:web:([A-Za-z0-9.-]+)(?:%3[Aa](\d{1,5}))?$/
const DID_PLC = /^did:plc:[a-z2-7]{24}$/

function documentUrl(did: Did, plcUrl: string): string | undefined {
  if (DID_PLC.test(did)) return URL.parse(`/${did}`, plcUrl)?.href
  const web = DID_WEB.exec(did)
  if (!web) return undefined
  const [, host, port] = web
  // A local name has no certificate; whether it may be reached at all is the outbound door's to say.
  const scheme = host === 'localhost' ? 'http' : 'https'
  return `${scheme}://${host}${port ? `:${port}` : ''}/.well-known/did.json`
}

/** What a DID document says that concerns us (atproto.com/specs/did). */
export function identityOf(
  did: Did,
  document: Readonly<Record<string, unknown>>,
  resolvedAt: number,
): Result<Identity, IdentityFault> {
  if (document['id'] !== did) return fault('invalid', 'the document is about another DID')
  const signingKey = signingKeyOf(did, document['verificationMethod'])
  if (!signingKey) return fault('invalid', 'no signing key')
  return ok({
    did,
    claimedHandle: handleOf(document['alsoKnownAs']),
    pds: pdsOf(did, document['service']),
    signingKey,
    resolvedAt,
  })
}

function signingKeyOf(did: Did, methods: unknown): PublicKey | undefined {
  const method = entryOf(did, methods, '#atproto')
  const [type, multibase] = [method?.['type'], method?.['publicKeyMultibase']]
  if (typeof type !== 'string' || typeof multibase !== 'string') return undefined
  return type === 'Multikey' ? parseDidKey(multibase) : parseLegacyKey(type, multibase)
}

function pdsOf(did: Did, services: unknown): string | undefined {
  const service = entryOf(did, services, '#atproto_pds')
  const endpoint = service?.['serviceEndpoint']
  if (service?.['type'] !== 'AtprotoPersonalDataServer' || typeof endpoint !== 'string') return undefined
  const url = URL.parse(endpoint)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.origin : undefined
}

/** The first entry with this fragment, written in full or short. */
function entryOf(did: Did, list: unknown, fragment: string): Readonly<Record<string, unknown>> | undefined {
  if (!Array.isArray(list)) return undefined
  return (list as readonly unknown[]).find((entry): entry is Readonly<Record<string, unknown>> => {
    const id = (entry as { id?: unknown } | null)?.id
    return id === fragment || id === `${did}${fragment}`
  })
}

/** The first `at://` name; the protocol ignores the rest. */
function handleOf(names: unknown): Handle | undefined {
  if (!Array.isArray(names)) return undefined
  const first = names.find((name): name is string => typeof name === 'string' && name.startsWith('at://'))
  const handle = first && normalizeHandle(first.slice('at://'.length))
  return handle && isValidHandle(handle) ? handle : undefined
}

function fault(kind: IdentityFault['kind'], detail: string): { readonly ok: false; readonly error: IdentityFault } {
  return refuse({ kind, detail })
}

function trim(map: Map<unknown, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return
    map.delete(key)
  }
}
