import type { Did } from '@waypost/kernel'
import type { HostKind } from '#wire/host-kind.ts'
import type { Identities } from '#verify/identity.ts'

/** Whoever says something of somebody: a host by its origin, and what it is. */
export interface Speaker {
  readonly host: string
  readonly kind: HostKind
}

/**
 * Whether a host may tell of an account. A relay passes on anybody's frames. A PDS speaks for the accounts that it
 * holds by their DID documents; where the document that we know names another one it is asked for anew, since people
 * move. 'unsure': nobody can say now, or it was asked for too often; whoever goes on from there has to ask at the source.
 */
export async function speaksFor(
  identities: Pick<Identities, 'resolve' | 'resolveAnew'>,
  { host, kind }: Speaker,
  did: Did,
): Promise<'yes' | 'no' | 'unsure'> {
  if (kind === 'relay') return 'yes'
  const known = await identities.resolve(did)
  if (known.ok && known.value.pds === host) return 'yes'
  if (!known.ok) return known.error.kind === 'gone' ? 'yes' : 'unsure'
  const anew = await identities.resolveAnew(did)
  if (!anew?.ok) return 'unsure'
  return anew.value.pds === host ? 'yes' : 'no'
}
