import type { World } from '@waypost/kernel'
import { createIdentities, type Identities } from '#verify/identity.ts'
import { createOutbound, type Outbound } from '#wire/outbound.ts'
import type { Config } from './config.ts'

/** Whom one may ask, and who somebody is: what `serve` and `backfill` have in common. */
export interface Outside {
  readonly outbound: Outbound
  readonly identities: Identities
  /** Whether an origin may be reached without TLS. */
  readonly isPlainAllowed: (origin: string) => boolean
}

export function openOutside(world: World, { hosts, plcUrl, sandbox }: Config): Outside {
  const named = [...hosts, new URL(plcUrl).origin]
  const outbound = createOutbound({ allowedLoopbackOrigins: sandbox ? 'any-loopback' : named })
  return {
    outbound,
    identities: createIdentities({ world, outbound, plcUrl, ...(sandbox && { handlesAtPds: sandbox.origin }) }),
    isPlainAllowed: (origin) => sandbox !== undefined || named.includes(origin),
  }
}
