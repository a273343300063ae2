import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Did } from '@waypost/kernel'
import type { SignedRepo } from './signed-repo.ts'

/** One of a host's accounts. `active` decides, `status` explains. */
export interface Account {
  readonly did: Did
  readonly repo: SignedRepo
  /** The URL of the host that serves the repository. */
  readonly pds: string
  handle: string
  active: boolean
  status: string | undefined
}

/** What a host is asked about. */
export interface Serving {
  readonly kind: 'pds' | 'relay'
  readonly url: string
  readonly accounts: ReadonlyMap<Did, Account>
  /** Those that a relay carries. */
  readonly hosts: readonly { readonly hostname: string; readonly seq: number; readonly accountCount: number }[]
  readonly listsByCollection: boolean
}

const LIST_LIMIT_DEFAULT = 500
const LIST_LIMIT_MAX = 1_000

export type Reply =
  | { readonly json: object }
  | { readonly car: Uint8Array }
  | { readonly location: string }
  | { readonly status: number; readonly error: string }

const NOT_IMPLEMENTED: Reply = { status: 501, error: 'MethodNotImplemented' }

/** Answers the queries that a reader of repositories makes; all others are `MethodNotImplemented`. */
export function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): void {
  const reply = replyTo(new URL(request.url ?? '/', 'http://host'), serving)
  if ('location' in reply) {
    response.writeHead(302, { location: reply.location }).end()
    return
  }
  if ('car' in reply) {
    response.writeHead(200, { 'content-type': 'application/vnd.ipld.car' }).end(reply.car)
    return
  }
  const [status, body] =
    'json' in reply ? [200, reply.json] : [reply.status, { error: reply.error, message: reply.error }]
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** The same without HTTP. */
export function replyTo(url: URL, serving: Serving): Reply {
  return url.pathname.startsWith('/xrpc/')
    ? query(url.pathname.slice('/xrpc/'.length), url.searchParams, serving)
    : { status: 404, error: 'NotFound' }
}

function query(name: string, params: URLSearchParams, { kind, url, accounts, hosts, ...serving }: Serving): Reply {
  const account = accounts.get((params.get('did') ?? '') as Did)
  switch (name) {
    case 'com.atproto.server.describeServer':
      if (kind === 'relay') return NOT_IMPLEMENTED
      return { json: { did: 'did:web:localhost', availableUserDomains: ['.test'] } }
    case 'com.atproto.identity.resolveHandle': {
      const found = byHandle(accounts, params.get('handle'))
      return found ? { json: { did: found.did } } : { status: 400, error: 'HandleNotFound' }
    }
    case 'com.atproto.repo.describeRepo':
      return describeRepo(accounts.get((params.get('repo') ?? '') as Did) ?? byHandle(accounts, params.get('repo')))
    case 'com.atproto.sync.listHosts':
      return kind === 'relay'
        ? { json: { hosts: hosts.map((host) => ({ ...host, status: 'active' })) } }
        : NOT_IMPLEMENTED
    case 'com.atproto.sync.listRepos':
      return listRepos(params, accounts)
    case 'com.atproto.sync.listReposByCollection':
      return serving.listsByCollection ? listReposByCollection(params, accounts) : NOT_IMPLEMENTED
    case 'com.atproto.sync.getRepoStatus': {
      const { head, found } = stateOf(account)
      if (!found) return { status: 400, error: 'RepoNotFound' }
      const { did, active, status } = found
      return { json: { did, active, ...(status && { status }), ...(active && head && { rev: head.rev }) } }
    }
    case 'com.atproto.sync.getLatestCommit': {
      const { head, found, error } = stateOf(account)
      return found && head && !error ? { json: { cid: head.commit, rev: head.rev } } : refused(error)
    }
    case 'com.atproto.sync.getRepo': {
      const { head, found, error } = stateOf(account)
      if (!found || !head || error) return refused(error)
      return found.pds === url ? { car: found.repo.car() } : { location: `${found.pds}/xrpc/${name}?${params}` }
    }
    case 'com.atproto.sync.getBlob':
      return { status: 404, error: 'BlobNotFound' }
    default:
      return NOT_IMPLEMENTED
  }
}

function byHandle(accounts: ReadonlyMap<Did, Account>, wanted: string | null): Account | undefined {
  return [...accounts.values()].find(({ handle, status }) => handle === wanted && status !== 'deleted')
}

function describeRepo(account: Account | undefined): Reply {
  const { found, error } = stateOf(account)
  if (!found || error) return refused(error)
  const { did, handle, repo } = found
  return { json: { did, handle, didDoc: { id: did }, collections: repo.collections, handleIsCorrect: true } }
}

function listRepos(params: URLSearchParams, accounts: ReadonlyMap<Did, Account>): Reply {
  const known = [...accounts.values()].filter(({ repo, status }) => repo.head && status !== 'deleted')
  const { page, cursor } = pageOf(known, params)
  const repos = page.map(({ did, repo, active, status }) => ({
    did,
    head: repo.head?.commit,
    rev: repo.head?.rev,
    active,
    ...(status && { status }),
  }))
  return { json: { repos, ...cursor } }
}

function listReposByCollection(params: URLSearchParams, accounts: ReadonlyMap<Did, Account>): Reply {
  const collection = params.get('collection') ?? ''
  const holders = [...accounts.values()].filter(({ repo, active }) => active && repo.collections.includes(collection))
  const { page, cursor } = pageOf(holders, params)
  return { json: { repos: page.map(({ did }) => ({ did })), ...cursor } }
}

/** By DID, after the cursor; with a cursor where there are more. */
function pageOf(
  all: readonly Account[],
  params: URLSearchParams,
): { readonly page: readonly Account[]; readonly cursor: { readonly cursor?: Did } } {
  const limit = Math.min(Number(params.get('limit') ?? LIST_LIMIT_DEFAULT) || LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX)
  const after = params.get('cursor') ?? ''
  const left = all.filter(({ did }) => did > after).toSorted((a, b) => (a.did < b.did ? -1 : 1))
  const page = left.slice(0, limit)
  return { page, cursor: left.length > limit ? { cursor: page.at(-1)!.did } : {} }
}

const UNAVAILABLE: Readonly<Record<string, string>> = {
  deactivated: 'RepoDeactivated',
  takendown: 'RepoTakendown',
  suspended: 'RepoSuspended',
}

/** A deleted account reads as one that never was. */
function stateOf(account: Account | undefined): {
  readonly found: Account | undefined
  readonly head: SignedRepo['head']
  readonly error: string | undefined
} {
  if (!account || account.status === 'deleted') return { found: undefined, head: undefined, error: 'RepoNotFound' }
  const error = account.active ? undefined : (UNAVAILABLE[account.status ?? ''] ?? 'RepoDeactivated')
  return { found: account, head: account.repo.head, error }
}

function refused(error: string | undefined): Reply {
  return { status: 400, error: error ?? 'RepoNotFound' }
}
