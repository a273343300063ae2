import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { World } from '@waypost/kernel'
import { createRateLimit } from '#serve/rate-limit.ts'

/**
 * Who may see the operator's page: whoever knows one password. What a browser then keeps is a time and a proof of it, by
 * a key that is made of the password: it holds on every process that has the same one, and with another one it ends.
 */
export interface OperatorSignIn {
  /** A proof for so long; or why there is none. `from`: whence it was asked. */
  tryPassword(password: string, from: string): { readonly proof: string } | 'wrong' | 'too-many'
  holds(proof: string | undefined): boolean
}

export const PROOF_SECONDS = 43_200
/** Of one address. Not of all together: then strangers could keep the operator out, and the password is a long one. */
const TRIES = { count: 5, periodMs: 300_000 }
const PASSWORD_LENGTH_MAX = 1_000

export function createOperatorSignIn(world: World, password: string): OperatorSignIn {
  const tries = createRateLimit(world, TRIES)
  const key = createHmac('sha256', password).update('waypost operator').digest()
  const expected = digestOf(password)
  const sealOf = (until: string): Buffer => createHmac('sha256', key).update(until).digest()

  return {
    tryPassword(given, from) {
      if (!tries.allow(from)) return 'too-many'
      // Of equal length, so that how long it takes tells nothing of where they differ.
      if (given.length > PASSWORD_LENGTH_MAX || !timingSafeEqual(digestOf(given), expected)) return 'wrong'
      const until = String(world.clock.now() + PROOF_SECONDS * 1_000)
      return { proof: `${until}.${sealOf(until).toString('base64url')}` }
    },
    holds(proof) {
      const [, until, seal] = /^(\d{1,15})\.([\w-]{43})$/.exec(proof ?? '') ?? []
      if (until === undefined || seal === undefined) return false
      return timingSafeEqual(Buffer.from(seal, 'base64url'), sealOf(until)) && Number(until) > world.clock.now()
    },
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
