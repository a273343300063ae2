import { refuse, ok, type Did, type Result } from '@waypost/kernel'
import { jsonToLex, lexStringify, type LexValue } from '@atproto/lex'
import type { OAuth } from '#serve/session/oauth-client.ts'

/**
 * A person's own PDS, with what they allowed us to do there. In: XRPC calls in the person's name. Out: the answer, or
 * why there is none. The tokens stay here; nobody else sees them.
 */
export interface PersonPds {
  /** `input`: a lexicon's JSON as values, or a blob with its type. */
  call(did: Did, nsid: string, input: LexValue | Upload): Promise<Result<LexValue, PdsFault>>
  /** Whether the person allowed something by name, such as `repo:app.bsky.feed.post`; false where they are signed out. */
  allows(did: Did, scope: string): Promise<boolean>
  /** A query; `params` as they stand in the URL. */
  ask(did: Did, nsid: string, params: Readonly<Record<string, string>>): Promise<Result<LexValue, PdsFault>>
}

export interface Upload {
  readonly bytes: Uint8Array
  readonly type: string
}

export type PdsFault =
  /** The person took the permission back, or it ran out: they must sign in again. */
  | { readonly kind: 'signed-out' }
  /** The PDS refused (by the name of an XRPC error) or did not answer. */
  | { readonly kind: 'failed'; readonly name: string; readonly message: string }

const CALL_MS_MAX = 20_000

export function createPersonPds(oauth: OAuth): PersonPds {
  async function send(did: Did, path: string, init: RequestInit): Promise<Result<LexValue, PdsFault>> {
    let response: Response
    try {
      const session = await (await oauth.client()).restore(did)
      response = await session.fetchHandler(path, { ...init, signal: AbortSignal.timeout(CALL_MS_MAX) })
    } catch (error) {
      return refuse(faultOf(error))
    }
    // Its tokens did not convince the PDS, and refreshing them did not help.
    if (response.status === 401) return refuse({ kind: 'signed-out' })
    return readAnswer(response)
  }

  return {
    call(did, nsid, input) {
      const { body, type } = isUpload(input)
        ? { body: new Uint8Array(input.bytes), type: input.type }
        : { body: lexStringify(input), type: 'application/json' }
      return send(did, `/xrpc/${nsid}`, { method: 'POST', headers: { 'content-type': type }, body })
    },
    async allows(did, scope) {
      try {
        const session = await (await oauth.client()).restore(did)
        const { scope: given } = await session.getTokenInfo('auto')
        return given.split(' ').includes(scope)
      } catch {
        return false
      }
    },
    ask: (did, nsid, params) => send(did, `/xrpc/${nsid}?${new URLSearchParams(params)}`, { method: 'GET' }),
  }
}

async function readAnswer(response: Response): Promise<Result<LexValue, PdsFault>> {
  let json: unknown
  try {
    json = JSON.parse(await response.text())
  } catch {
    json = undefined
  }
  if (response.ok && json !== undefined) return ok(jsonToLex(json as Parameters<typeof jsonToLex>[0]))
  const { error, message } = (json ?? {}) as { error?: unknown; message?: unknown }
  return refuse({
    kind: 'failed',
    name: typeof error === 'string' ? error.slice(0, 100) : `HTTP${response.status}`,
    message: typeof message === 'string' ? message.slice(0, 300) : 'no reason given',
  })
}

/** The OAuth client tells by throwing; what means the end of a session is a list of its own. */
function faultOf(error: unknown): PdsFault {
  const name = error instanceof Error ? error.name || error.constructor.name : ''
  if (SESSION_ENDS.has(name) || (error instanceof Error && SESSION_ENDS.has(error.constructor.name))) {
    return { kind: 'signed-out' }
  }
  return { kind: 'failed', name: 'Unreachable', message: 'the server of this account does not answer' }
}

const SESSION_ENDS = new Set([
  'TokenRefreshError',
  'TokenInvalidError',
  'TokenRevokedError',
  'AuthMethodUnsatisfiableError',
])

function isUpload(input: LexValue | Upload): input is Upload {
  return typeof input === 'object' && input !== null && 'bytes' in input && input.bytes instanceof Uint8Array
}
