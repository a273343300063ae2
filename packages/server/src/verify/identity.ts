import { resolveTxt } from 'node:dns/promises'
import { isValidDid, isValidHandle, normalizeHandle } from '@atproto/syntax'
import { ok, refuse, type Did, type Handle, type Result, type World } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import { methodUrl, readJson } from '#wire/repo.ts'
import { createTurnstile } from '#wire/turnstile.ts'
import { parseDidKey, parseLegacyKey, type PublicKey } from '#verify/did-key.ts'

/** Who somebody is, by their DID document. */
export interface Identity {
  readonly did: Did
  /** The handle that the document claims; a claim until `verifiedHandle` says so. */
  readonly claimedHandle: Handle | undefined
  /** The origin of the person's PDS. */
  readonly pds: string | undefined
  /** Signs their repository. */
  readonly signingKey: PublicKey
  /** When the document was read, in milliseconds since 1970. */
  readonly resolvedAt: number
}

/** 'gone': the directory says that the DID was given up. 'unresolved': nobody can say now. 'invalid': no use to us. */
export type IdentityFault = { readonly kind: 'gone' | 'unresolved' | 'invalid'; readonly detail: string }

export interface Identities {
  /**
   * The identity, from memory where it is younger than an hour; one a day old still counts while it is fetched anew.
   * `force`: fetch it anew in any case, but at most once a minute per DID.
   */
  resolve(did: Did, options?: { readonly force?: boolean }): Promise<Result<Identity, IdentityFault>>
  /** The handle where it holds in both directions; undefined where it does not. Asks the network. */
  verifiedHandle(identity: Identity): Promise<Handle | undefined>
  /** The DID that a handle leads to, one direction only. Asks the network. */
  resolveHandle(handle: string): Promise<Did | undefined>
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
  readonly txtRecords?: (name: string) => Promise<readonly (readonly string[])[]>
}

/** Past this many the one used longest ago is forgotten. */
const IDENTITIES_MAX = 100_000
const STALE_AFTER_MS = 60 * 60_000
const EXPIRED_AFTER_MS = 24 * 60 * 60_000
const FORCED_EVERY_MS = 60_000
/** After the directory could not be reached, nobody waits for it again for this long. */
const DIRECTORY_REST_MS = 2_000
/** Documents fetched at once; more wait. */
const FETCHES_MAX = 64
const DOCUMENT_BYTES_MAX = 64 * 1_024
const DOCUMENT_MS_MAX = 5_000
const HANDLE_BYTES_MAX = 8 * 1_024

interface Known {
  readonly identity: Identity
  fetchedAt: number
}

export function createIdentities(options: IdentitiesOptions): Identities {
  const { world, outbound, plcUrl, handlesAtPds, txtRecords = resolveTxt } = options
  const known = new Map<Did, Known>()
  const underWay = new Map<Did, Promise<Result<Identity, IdentityFault>>>()
  const forcedAt = new Map<Did, number>()
  const turn = createTurnstile(FETCHES_MAX)
  let directoryRestsUntil = 0

  async function resolve(
    did: Did,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<Result<Identity, IdentityFault>> {
    const now = world.clock.now()
    const have = known.get(did)
    if (force && mayForce(did, now)) return fetchAnew(did)
    if (!have || now - have.fetchedAt > EXPIRED_AFTER_MS) return fetchAnew(did)
    known.delete(did)
    known.set(did, have)
    if (now - have.fetchedAt > STALE_AFTER_MS) void fetchAnew(did)
    return ok(have.identity)
  }

  function mayForce(did: Did, now: number): boolean {
    const last = forcedAt.get(did)
    if (last !== undefined && now - last < FORCED_EVERY_MS) return false
    forcedAt.delete(did)
    forcedAt.set(did, now)
    trim(forcedAt, IDENTITIES_MAX)
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
    return document ? identityOf(did, document, world.clock.now()) : fault('invalid', 'not a document')
  }

  async function verifiedHandle(identity: Identity): Promise<Handle | undefined> {
    const { claimedHandle, did, pds } = identity
    if (!claimedHandle) return undefined
    const found =
      handlesAtPds === undefined ? await resolveHandle(claimedHandle) : await askPds(pds ?? handlesAtPds, claimedHandle)
    return found === did ? claimedHandle : undefined
  }

  async function resolveHandle(given: string): Promise<Did | undefined> {
    const handle = normalizeHandle(given)
    if (!isValidHandle(handle)) return undefined
    if (handlesAtPds !== undefined) return askPds(handlesAtPds, handle)
    // The protocol lets DNS win where the two differ.
    return (await didFromTxt(handle)) ?? (await didFromWellKnown(handle))
  }

  async function askPds(pds: string, handle: Handle): Promise<Did | undefined> {
    const url = methodUrl(pds, 'com.atproto.identity.resolveHandle', { handle })
    const answer = await outbound.fetch(url, HANDLE_LIMITS)
    if (!answer.ok || answer.value.status !== 200) return undefined
    return asDid(readJson(answer.value)?.['did'])
  }

  async function didFromTxt(handle: Handle): Promise<Did | undefined> {
    let records: readonly (readonly string[])[]
    try {
      records = await txtRecords(`_atproto.${handle}`)
    } catch {
      // No such name, or no answer: the other way is tried.
      return undefined
    }
    const dids = records.map((parts) => parts.join('')).filter((text) => text.startsWith('did='))
    // More than one is ambiguous, and then none counts.
    return dids.length === 1 ? asDid(dids[0]!.slice('did='.length)) : undefined
  }

  async function didFromWellKnown(handle: Handle): Promise<Did | undefined> {
    const answer = await outbound.fetch(`https://${handle}/.well-known/atproto-did`, HANDLE_LIMITS)
    if (!answer.ok || answer.value.status !== 200) return undefined
    return asDid(new TextDecoder().decode(answer.value.body).trim())
  }

  return { resolve, verifiedHandle, resolveHandle, forget: (did) => void known.delete(did) }
}

const HANDLE_LIMITS = { maxBytes: HANDLE_BYTES_MAX, timeoutMs: 3_000, redirect: 'error' } as const

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
  const multibase = method?.['publicKeyMultibase']
  if (typeof multibase !== 'string') return undefined
  return method?.['type'] === 'Multikey' ? parseDidKey(multibase) : parseLegacyKey(String(method?.['type']), multibase)
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

function asDid(value: unknown): Did | undefined {
  return typeof value === 'string' && isValidDid(value) ? value : undefined
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
