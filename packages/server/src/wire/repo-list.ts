import { isValidDid } from '@atproto/syntax'
import { isTid, ok, refuse, type Did, type Result, type Tid } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import { ask, methodUrl, readJson, type PdsFault } from '#wire/repo.ts'

/** Somebody in a host's list of repositories, as the host says; nothing of it is checked. */
export interface ListedRepo {
  readonly did: Did
  /** The newest rev, where the list has it. */
  readonly rev: Tid | undefined
  /** A list that does not say takes everybody for active. */
  readonly active: boolean
}

export interface RepoPage {
  readonly repos: readonly ListedRepo[]
  /** Entries that name nobody. */
  readonly invalidCount: number
  /** Where the next page begins; undefined where the list ends. */
  readonly cursor: string | undefined
}

/** The protocol's own limit. A page that holds more than it was asked for is refused whole. */
export const PAGE_PEOPLE_MAX = 1_000
/** Five times what a full page of `did:plc` takes. */
const PAGE_BYTES_MAX = 1_024 * 1_024
/** Lists by collection come from large indexes. */
const PAGE_MS_MAX = 30_000
/** Three times as long when escaped, a cursor still fits into a URL. A longer one is refused with its page. */
const CURSOR_CHARACTERS_MAX = 1_024
/** A repository has as many collections as its owner likes; a longer description is refused. */
const DESCRIPTION_BYTES_MAX = 256 * 1_024
const DESCRIPTION_MS_MAX = 10_000

/**
 * One page of who is on a host: of everybody by `com.atproto.sync.listRepos`, or of those who have a record in
 * `collection` by `com.atproto.sync.listReposByCollection`. The official PDS refuses the latter.
 */
export async function fetchRepoPage(
  outbound: Outbound,
  host: string,
  options: {
    readonly collection?: string | undefined
    readonly cursor?: string | undefined
    readonly signal?: AbortSignal
  },
): Promise<Result<RepoPage, PdsFault>> {
  const { collection, cursor, signal } = options
  const method = collection ? 'com.atproto.sync.listReposByCollection' : 'com.atproto.sync.listRepos'
  const params = { ...(collection && { collection }), limit: String(PAGE_PEOPLE_MAX), ...(cursor && { cursor }) }
  const answer = await ask(outbound, methodUrl(host, method, params), {
    maxBytes: PAGE_BYTES_MAX,
    timeoutMs: PAGE_MS_MAX,
    redirect: 'follow',
    ...(signal && { signal }),
  })
  return answer.ok ? readPage(readJson(answer.value)) : answer
}

/** In which collections a person has records, as their PDS says by `com.atproto.repo.describeRepo`. */
export async function fetchCollections(
  outbound: Outbound,
  pds: string,
  did: Did,
  signal?: AbortSignal,
): Promise<Result<readonly string[], PdsFault>> {
  const answer = await ask(outbound, methodUrl(pds, 'com.atproto.repo.describeRepo', { repo: did }), {
    maxBytes: DESCRIPTION_BYTES_MAX,
    timeoutMs: DESCRIPTION_MS_MAX,
    redirect: 'follow',
    ...(signal && { signal }),
  })
  if (!answer.ok) return answer
  const body = readJson(answer.value)
  const collections = body?.['collections']
  if (body?.['did'] !== did || !Array.isArray(collections)) return meaningless('not a description')
  return ok(collections.filter((each): each is string => typeof each === 'string'))
}

function readPage(body: Readonly<Record<string, unknown>> | undefined): Result<RepoPage, PdsFault> {
  const { repos: entries, cursor } = body ?? {}
  if (!Array.isArray(entries)) return meaningless('not a list of repositories')
  if (entries.length > PAGE_PEOPLE_MAX) return meaningless(`a page of ${entries.length}`)
  if (cursor !== undefined && cursor !== null && typeof cursor !== 'string')
    return meaningless('a cursor that is no text')
  if (cursor && cursor.length > CURSOR_CHARACTERS_MAX) return meaningless(`a cursor of ${cursor.length} characters`)
  const repos = (entries as readonly unknown[]).flatMap((entry) => listedIn(entry) ?? [])
  // An empty cursor would lead to the beginning again.
  return ok({ repos, invalidCount: entries.length - repos.length, cursor: cursor || undefined })
}

function listedIn(entry: unknown): ListedRepo | undefined {
  const { did, rev, active } = (entry ?? {}) as Readonly<Record<string, unknown>>
  if (typeof did !== 'string' || !isValidDid(did)) return undefined
  return { did, rev: typeof rev === 'string' && isTid(rev) ? rev : undefined, active: active !== false }
}

function meaningless(error: string): { readonly ok: false; readonly error: PdsFault } {
  return refuse({ kind: 'refused', error, status: 200 })
}
