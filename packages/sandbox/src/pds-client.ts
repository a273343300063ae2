import type { Did } from '@waypost/kernel'

/** An account of the sandbox's PDS with a session, as `createAccount` and `signIn` give it. */
export interface Account {
  readonly did: Did
  readonly handle: string
  readonly accessJwt: string
}

/** A blob as a record refers to it (JSON form of the data model). */
export interface BlobRef {
  readonly $type: 'blob'
  readonly ref: { readonly $link: string }
  readonly mimeType: string
  readonly size: number
}

export interface StoredRecord {
  readonly uri: string
  readonly cid: string
  readonly value: Readonly<Record<string, unknown>>
}

export interface Write {
  readonly action: 'create' | 'update' | 'delete'
  readonly collection: string
  readonly rkey: string
  readonly value?: Readonly<Record<string, unknown>>
}

/** `com.atproto.repo.applyWrites` takes no more at once. */
export const WRITES_MAX = 200

/** A request that the PDS refused; `error` is the lexicon's name for why. */
export class PdsFault extends Error {
  override name = 'PdsFault'
  readonly error: string
  constructor(method: string, error: string, message: string) {
    super(`${method}: ${error}: ${message}`)
    this.error = error
  }
}

/** The few calls that a sandbox makes to its own PDS. All reject with a `PdsFault` where the PDS refuses. */
export interface PdsClient {
  createAccount(person: { handle: string; email: string; password: string }): Promise<Account>
  signIn(handle: string, password: string): Promise<Account>
  /** The DIDs of the first repositories, at most `limit`. */
  repos(limit: number): Promise<readonly Did[]>
  /** All records of a collection, in the order of their keys. */
  records(did: Did, collection: string): Promise<readonly StoredRecord[]>
  /** All or none; at most `WRITES_MAX`. Answers the CIDs in the order of the writes (undefined for a delete). */
  write(account: Account, writes: readonly Write[]): Promise<readonly (string | undefined)[]>
  uploadBlob(account: Account, bytes: Uint8Array<ArrayBuffer>, mimeType: string): Promise<BlobRef>
}

export function pdsClient(pdsUrl: string): PdsClient {
  async function call(method: string, init: RequestInit, query = ''): Promise<unknown> {
    const response = await fetch(`${pdsUrl}/xrpc/${method}${query}`, init)
    const body = (await response.json().catch(() => ({}))) as { error?: string; message?: string }
    if (!response.ok) throw new PdsFault(method, body.error ?? `HTTP ${response.status}`, body.message ?? '')
    return body
  }

  function post(method: string, body: unknown, account?: Account): Promise<unknown> {
    const headers = { 'content-type': 'application/json', ...(account ? authorization(account) : {}) }
    return call(method, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  return {
    createAccount: async (person) => (await post('com.atproto.server.createAccount', person)) as Account,
    signIn: async (handle, password) =>
      (await post('com.atproto.server.createSession', { identifier: handle, password })) as Account,
    async repos(limit) {
      const page = (await call('com.atproto.sync.listRepos', {}, `?limit=${limit}`)) as { repos: { did: Did }[] }
      return page.repos.map((repo) => repo.did)
    },
    async records(did, collection) {
      const records: StoredRecord[] = []
      let cursor: string | undefined
      do {
        const query = new URLSearchParams({ repo: did, collection, limit: '100', reverse: 'true' })
        if (cursor !== undefined) query.set('cursor', cursor)
        const page = (await call('com.atproto.repo.listRecords', {}, `?${query}`)) as {
          cursor?: string
          records: StoredRecord[]
        }
        records.push(...page.records)
        cursor = page.records.length > 0 ? page.cursor : undefined
      } while (cursor !== undefined)
      return records
    },
    async write(account, writes) {
      const done = (await post(
        'com.atproto.repo.applyWrites',
        {
          repo: account.did,
          writes: writes.map(({ action, ...write }) => ({ $type: `com.atproto.repo.applyWrites#${action}`, ...write })),
        },
        account,
      )) as { results: { cid?: string }[] }
      return done.results.map((result) => result.cid)
    },
    async uploadBlob(account, bytes, mimeType) {
      const headers = { 'content-type': mimeType, ...authorization(account) }
      const done = await call('com.atproto.repo.uploadBlob', { method: 'POST', headers, body: bytes })
      return (done as { blob: BlobRef }).blob
    },
  }
}

function authorization(account: Account): { authorization: string } {
  return { authorization: `Bearer ${account.accessJwt}` }
}
