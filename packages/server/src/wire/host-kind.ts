import { ok, refuse, type Result } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import { ask, methodUrl, readJson } from '#wire/repo.ts'

/**
 * What a host may say of whom. A PDS speaks for the accounts that it holds, and for nobody else. A relay passes on what
 * PDSes say: commits prove themselves, and what it says of an account is asked at that account's PDS.
 */
export type HostKind = 'pds' | 'relay'

const DESCRIPTION_BYTES_MAX = 100_000
const DESCRIPTION_MS_MAX = 5_000

/**
 * Told by what the host serves: `com.atproto.server.describeServer` is a PDS's to answer, and a relay has no accounts.
 * A PDS that hides it is followed like a relay, which lets nothing in that is not true. The fault: why it could not be
 * asked.
 */
export async function fetchHostKind(
  outbound: Outbound,
  host: string,
  signal?: AbortSignal,
): Promise<Result<HostKind, string>> {
  const answer = await ask(outbound, methodUrl(host, 'com.atproto.server.describeServer', {}), {
    maxBytes: DESCRIPTION_BYTES_MAX,
    timeoutMs: DESCRIPTION_MS_MAX,
    redirect: 'error',
    ...(signal && { signal }),
  })
  if (answer.ok) return ok(typeof readJson(answer.value)?.['did'] === 'string' ? 'pds' : 'relay')
  // Its own trouble says nothing about what it is; that it does not know the question does.
  return answer.error.kind === 'refused' ? ok('relay') : refuse(answer.error.detail)
}
