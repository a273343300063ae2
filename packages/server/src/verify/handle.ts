import { Resolver } from 'node:dns/promises'
import { isValidDid, isValidHandle, normalizeHandle } from '@atproto/syntax'
import type { Did, Handle } from '@waypost/kernel'
import type { Answer, Outbound } from '#wire/outbound.ts'
import { methodUrl, readJson } from '#wire/repo.ts'
import { createTurnstile } from '#wire/turnstile.ts'

/** Where a handle leads. 'away': nobody could say now, which says nothing about the handle. */
export type HandleAnswer =
  | { readonly kind: 'leads'; readonly to: Did }
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'away'; readonly detail: string }

/** Asks where handles lead, one direction only. */
export interface Handles {
  /** `expected`: who claims it. With DNS away, the web's word for somebody else is then no answer. */
  ask(handle: string, expected?: { readonly did: Did; readonly pds: string | undefined }): Promise<HandleAnswer>
}

export interface HandlesOptions {
  readonly outbound: Outbound
  /** See `IdentitiesOptions`. */
  readonly handlesAtPds: string | undefined
  /** `TXT` records of a name. Rejects with a `code` as `node:dns` does. */
  readonly txtRecords: TxtRecords | undefined
}

export type TxtRecords = (name: string) => Promise<readonly (readonly string[])[]>

/** Handles asked for at once; more wait, so that many at a time do not run into their own time limits. */
const AT_ONCE_MAX = 64
const LIMITS = { maxBytes: 8 * 1_024, timeoutMs: 3_000, redirect: 'error' } as const
/** With as many tries, DNS has answered or is away after about four seconds for each server of the system's. */
const DNS_LIMITS = { timeout: 1_500, tries: 2 }

const NOWHERE = { kind: 'nowhere' } as const
/** The name, or a `TXT` record of it, does not exist: an answer, unlike all other faults of DNS. */
const NO_SUCH_RECORD: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])
const TOO_MANY_REQUESTS = 429
const REQUEST_TIMEOUT = 408

export function createHandles({ outbound, handlesAtPds, txtRecords = systemTxtRecords() }: HandlesOptions): Handles {
  const turn = createTurnstile(AT_ONCE_MAX)

  async function askDns(handle: Handle): Promise<HandleAnswer> {
    let records: readonly (readonly string[])[]
    try {
      records = await txtRecords(`_atproto.${handle}`)
    } catch (error) {
      const code = (error as { code?: unknown }).code
      return NO_SUCH_RECORD.has(code) ? NOWHERE : { kind: 'away', detail: `DNS: ${String(code)}` }
    }
    const dids = records.map((parts) => parts.join('')).filter((text) => text.startsWith('did='))
    // More than one is ambiguous, and then none counts.
    return dids.length === 1 ? leadsTo(dids[0]!.slice('did='.length)) : NOWHERE
  }

  const askWellKnown = (handle: Handle): Promise<HandleAnswer> =>
    askWeb(`https://${handle}/.well-known/atproto-did`, ({ body }) => new TextDecoder().decode(body).trim())

  const askPds = (pds: string, handle: Handle): Promise<HandleAnswer> =>
    askWeb(methodUrl(pds, 'com.atproto.identity.resolveHandle', { handle }), (answer) => readJson(answer)?.['did'])

  async function askWeb(url: string, read: (answer: Answer) => unknown): Promise<HandleAnswer> {
    const answer = await outbound.fetch(url, LIMITS)
    if (answer.ok) {
      const { status } = answer.value
      if (status === 200) return leadsTo(read(answer.value))
      const isAway = status >= 500 || status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT
      return isAway ? { kind: 'away', detail: `HTTP ${status}` } : NOWHERE
    }
    const { reason, detail } = answer.error
    // A name that nobody holds, or that leads where no public server can be, is an answer too.
    const isAnswer = reason !== 'unreachable' && reason !== 'timed-out' && reason !== 'aborted'
    return isAnswer || detail.includes('ENOTFOUND') ? NOWHERE : { kind: 'away', detail: `${reason}: ${detail}` }
  }

  async function askNetwork(handle: Handle, expected: Did | undefined): Promise<HandleAnswer> {
    const byDns = await askDns(handle)
    // The protocol lets DNS win where the two differ.
    if (byDns.kind === 'leads') return byDns
    const byWeb = await askWellKnown(handle)
    if (byDns.kind === 'nowhere') return byWeb
    return byWeb.kind === 'leads' && (expected === undefined || byWeb.to === expected) ? byWeb : byDns
  }

  return {
    async ask(given, expected) {
      const handle = normalizeHandle(given)
      if (!isValidHandle(handle)) return NOWHERE
      const pds = handlesAtPds === undefined ? undefined : (expected?.pds ?? handlesAtPds)
      return turn(() => (pds === undefined ? askNetwork(handle, expected?.did) : askPds(pds, handle)))
    },
  }
}

/** What is no DID leads nowhere. */
function leadsTo(value: unknown): HandleAnswer {
  return typeof value === 'string' && isValidDid(value) ? { kind: 'leads', to: value } : NOWHERE
}

function systemTxtRecords(): TxtRecords {
  const resolver = new Resolver(DNS_LIMITS)
  return (name) => resolver.resolveTxt(name)
}
