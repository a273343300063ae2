import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Did } from '@waypost/kernel'
import type { SignedRepo } from './signed-repo.ts'

/** One of a host's accounts. `active` decides, `status` explains. */
export interface Account {
  readonly did: Did
  readonly repo: SignedRepo
  handle: string
  active: boolean
  status: string | undefined
}

const LIST_LIMIT_DEFAULT = 500
const LIST_LIMIT_MAX = 1_000

type Reply =
  | { readonly json: object }
  | { readonly car: Uint8Array }
  | { readonly status: number; readonly error: string }

/** Answers the queries that a reader of repositories makes; all others are `MethodNotImplemented`. */
export function answer(request: IncomingMessage, response: ServerResponse, accounts: ReadonlyMap<Did, Account>): void {
  const url = new URL(request.url ?? '/', 'http://host')
  const reply = url.pathname.startsWith('/xrpc/')
    ? query(url.pathname.slice('/xrpc/'.length), url.searchParams, accounts)
    : { status: 404, error: 'NotFound' }
  if ('car' in reply) {
    response.writeHead(200, { 'content-type': 'application/vnd.ipld.car' }).end(reply.car)
    return
  }
  const [status, body] =
    'json' in reply ? [200, reply.json] : [reply.status, { error: reply.error, message: reply.error }]
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function query(name: string, params: URLSearchParams, accounts: ReadonlyMap<Did, Account>): Reply {
  const account = accounts.get((params.get('did') ?? '') as Did)
  switch (name) {
    case 'com.atproto.server.describeServer':
      return { json: { did: 'did:web:localhost', availableUserDomains: ['.test'] } }
    case 'com.atproto.identity.resolveHandle': {
      const wanted = params.get('handle')
      const found = [...accounts.values()].find(({ handle, status }) => handle === wanted && status !== 'deleted')
      return found ? { json: { did: found.did } } : { status: 400, error: 'HandleNotFound' }
    }
    case 'com.atproto.sync.listRepos':
      return listRepos(params, accounts)
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
      return found && head && !error ? { car: found.repo.car() } : refused(error)
    }
    case 'com.atproto.sync.getBlob':
      return { status: 404, error: 'BlobNotFound' }
    default:
      return { status: 501, error: 'MethodNotImplemented' }
  }
}

function listRepos(params: URLSearchParams, accounts: ReadonlyMap<Did, Account>): Reply {
  const limit = Math.min(Number(params.get('limit') ?? LIST_LIMIT_DEFAULT) || LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX)
  const after = params.get('cursor') ?? ''
  const known = [...accounts.values()]
    .filter(({ did, repo, status }) => did > after && repo.head && status !== 'deleted')
    .sort((a, b) => (a.did < b.did ? -1 : 1))
  const page = known.slice(0, limit)
  const repos = page.map(({ did, repo, active, status }) => ({
    did,
    head: repo.head?.commit,
    rev: repo.head?.rev,
    active,
    ...(status && { status }),
  }))
  return { json: { repos, ...(known.length > limit && { cursor: page.at(-1)?.did }) } }
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
