import { isTid, ok, refuse, type Did, type Result, type Tid } from '@waypost/kernel'
import type { Answer, FetchOptions, Outbound, OutboundFault } from '#wire/outbound.ts'

/** What a host says when it is asked, or that it could not be asked. */
export type PdsFault =
  /** Not now. `retryAfterMs`: how long it wants to be left alone, where it says so. */
  | { readonly kind: 'unreachable'; readonly detail: string; readonly retryAfterMs?: number }
  | { readonly kind: 'too-large'; readonly detail: string }
  /** It answered, with this error of the XRPC kind (`RepoNotFound`, `RepoDeactivated`, …). */
  | { readonly kind: 'refused'; readonly error: string; readonly status: number }

export interface RepoStatus {
  readonly active: boolean
  readonly status: string | undefined
  /** The newest rev, where the account is active. */
  readonly rev: Tid | undefined
}

/** What most repositories stay below: tens of thousands of records. */
export const REPO_BYTES_USUAL = 16 * 1_024 * 1_024
/** Hundreds of thousands of records; past this a repository is refused. */
export const REPO_BYTES_MAX = 256 * 1_024 * 1_024
/** For the usual size; a larger one may take as many times longer as it is larger. */
const REPO_MS_USUAL = 60_000
const REPO_MS_MAX = 10 * 60_000
const STATUS_BYTES_MAX = 64 * 1_024
const STATUS_MS_MAX = 10_000
/** Error answers are JSON of a few words. */
const ERROR_NAME_CHARACTERS_MAX = 128

/** The whole repository as a CAR, by `com.atproto.sync.getRepo`. Nothing of it is checked yet. */
export async function fetchRepo(
  outbound: Outbound,
  pds: string,
  did: Did,
  { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal | undefined },
): Promise<Result<Uint8Array, PdsFault>> {
  const answer = await ask(outbound, methodUrl(pds, 'com.atproto.sync.getRepo', { did }), {
    maxBytes,
    timeoutMs: Math.min(REPO_MS_MAX, REPO_MS_USUAL * Math.max(1, maxBytes / REPO_BYTES_USUAL)),
    redirect: 'follow',
    accept: 'application/vnd.ipld.car',
    ...(signal && { signal }),
  })
  return answer.ok ? ok(answer.value.body) : answer
}

/** Whether the account is active where it lives, by `com.atproto.sync.getRepoStatus`. */
export async function fetchRepoStatus(
  outbound: Outbound,
  pds: string,
  did: Did,
  signal?: AbortSignal,
): Promise<Result<RepoStatus, PdsFault>> {
  const answer = await ask(outbound, methodUrl(pds, 'com.atproto.sync.getRepoStatus', { did }), {
    maxBytes: STATUS_BYTES_MAX,
    timeoutMs: STATUS_MS_MAX,
    redirect: 'follow',
    ...(signal && { signal }),
  })
  if (!answer.ok) return answer
  const body = readJson(answer.value)
  const { active, status, rev } = body ?? {}
  if (body?.['did'] !== did || typeof active !== 'boolean') {
    return refuse({ kind: 'refused', error: 'not a status', status: 200 })
  }
  return ok({
    active,
    status: typeof status === 'string' && status.length <= ERROR_NAME_CHARACTERS_MAX ? status : undefined,
    rev: typeof rev === 'string' && isTid(rev) ? rev : undefined,
  })
}

/** The answer, where it is one: any other status than 200 is a fault. */
export async function ask(outbound: Outbound, url: string, options: FetchOptions): Promise<Result<Answer, PdsFault>> {
  const answer = await outbound.fetch(url, options)
  if (!answer.ok) return refuse(unreachable(answer.error))
  return answer.value.status === 200 ? answer : refuse(refusal(answer.value))
}

/** `pds` is the endpoint of a DID document: anything, until the outbound door has looked at it. */
export function methodUrl(pds: string, method: string, params: Readonly<Record<string, string>>): string {
  const url = URL.parse(`/xrpc/${method}`, pds)
  return url ? `${url.href}?${new URLSearchParams(params)}` : pds
}

export function readJson(answer: Answer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(answer.body))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

function unreachable(fault: OutboundFault): PdsFault {
  if (fault.reason === 'answer-too-large') return { kind: 'too-large', detail: fault.detail }
  return { kind: 'unreachable', detail: `${fault.reason}: ${fault.detail}` }
}

function refusal(answer: Answer): PdsFault {
  const { status } = answer
  // Its own trouble says nothing about the account; that it does not serve the question does not pass.
  if (status === 429 || (status >= 500 && status !== 501)) {
    return { kind: 'unreachable', detail: `HTTP ${status}`, ...retryAfterIn(answer) }
  }
  const name = readJson(answer)?.['error']
  const error = typeof name === 'string' ? name.slice(0, ERROR_NAME_CHARACTERS_MAX) : 'unknown'
  return { kind: 'refused', error, status }
}

/** In seconds, as servers of the protocol write it; the form that is a date is as good as none. */
function retryAfterIn({ headers }: Answer): { readonly retryAfterMs?: number } {
  const text = headers.get('retry-after') ?? ''
  return /^\d{1,9}$/.test(text) ? { retryAfterMs: Number(text) * 1_000 } : {}
}
