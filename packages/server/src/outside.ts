import type { World } from '@waypost/kernel'
import { createIdentities, type Identities } from '#verify/identity.ts'
import { createOutbound, type Outbound } from '#wire/outbound.ts'
import { countFetches } from '#serve/budget/meters.ts'
import type { Config } from './config.ts'

/** Whom one may ask, and who somebody is: what `serve` and `backfill` have in common. */
export interface Outside {
  readonly outbound: Outbound
  readonly identities: Identities
  /** Whether an origin may be reached without TLS. */
  readonly isPlainAllowed: (origin: string) => boolean
}

/** `fetched` hears of each request that is made. */
export function openOutside(world: World, { hosts, plcUrl, sandbox }: Config, fetched: () => void = () => {}): Outside {
  const named = [...hosts, new URL(plcUrl).origin]
  const outbound = countFetches(createOutbound({ allowedLoopbackOrigins: sandbox ? 'any-loopback' : named }), fetched)
  return {
    outbound,
    identities: createIdentities({ world, outbound, plcUrl, ...(sandbox && { handlesAtPds: sandbox.origin }) }),
    isPlainAllowed: (origin) => sandbox !== undefined || named.includes(origin),
  }
}
