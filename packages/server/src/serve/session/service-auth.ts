import { ok, refuse, type Did, type Result, type World } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import type { Curve, PublicKey } from '#verify/did-key.ts'
import { signatureHolds } from '#verify/signature.ts'

/** How a person's signing key is found; undefined where there is none. */
export type SigningKeyOf = (did: Did, options: { readonly fresh: boolean }) => Promise<PublicKey | undefined>

/** Who asks through their PDS: it signs a token with the person's key for one method of ours. */
export interface ServiceAuth {
  verify(token: string, lxm: string): Promise<Result<Did, XrpcFault>>
}

/** A token lives a minute by the specification; a longer one is a stolen key's friend. */
const TOKEN_SECONDS_MAX = 300
/** How far ahead of ours a PDS's clock may be. */
const CLOCK_AHEAD_SECONDS_MAX = 60
/** No token of that size comes from a PDS. */
const TOKEN_CHARACTERS_MAX = 4_096
/** A forged signature makes us ask for the person's newest key: once a minute each, and so many in all. */
const KEY_REFRESH_PERIOD_MS = 60_000
const KEY_REFRESHES_PER_PERIOD_MAX = 60
/** Used tokens that we remember until they expire; past this, new ones are refused rather than old ones forgotten. */
const USED_TOKENS_MAX = 100_000

const ALGORITHMS: Readonly<Record<Curve, string>> = { k256: 'ES256K', p256: 'ES256' }

interface Claims {
  readonly iss: string
  readonly aud: string
  readonly exp: number
  readonly iat: number | undefined
  readonly jti: string
}

/** `serviceDid` is ours, bare; tokens may name it or its service `#waypost`. */
export function createServiceAuth(world: World, serviceDid: Did, signingKeyOf: SigningKeyOf): ServiceAuth {
  const used = new Map<string, number>()
  const refreshes = keyRefreshes(world)
  const audiences = new Set([serviceDid, `${serviceDid}#waypost`])
  const nowSeconds = (): number => world.clock.now() / 1_000

  /** The claims, if this token could be for us at all; checked before anyone's key is asked for. */
  function read(token: string): Result<Claims, XrpcFault> {
    const [header, payload] = token.length > TOKEN_CHARACTERS_MAX ? [] : token.split('.', 2).map(jsonOf)
    if (!header || !payload) return denied('BadJwt', 'poorly formatted jwt')
    const { iss, aud, exp, iat, jti } = payload
    if (typeof iss !== 'string' || typeof aud !== 'string' || typeof exp !== 'number') {
      return denied('BadJwt', 'poorly formatted jwt')
    }
    if (iss.includes('#')) return denied('BadJwtIss', 'the issuer is a person, not a service of one')
    if (header.kid !== undefined && header.kid !== '#atproto') return denied('BadJwt', 'the key is not #atproto')
    if (!audiences.has(aud)) return denied('BadJwtAudience', 'jwt audience does not match service did')
    if (exp > nowSeconds() + TOKEN_SECONDS_MAX) return denied('BadJwt', 'the token lives too long')
    if (iat !== undefined && !(typeof iat === 'number' && iat <= nowSeconds() + CLOCK_AHEAD_SECONDS_MAX)) {
      return denied('BadJwt', 'the token is from the future')
    }
    if (typeof jti !== 'string' || jti === '') return denied('BadJwt', 'the token has no id')
    return ok({ iss, aud, exp, iat, jti })
  }

  /** Once only: the same (issuer, id) again is a replay, whatever its bytes. */
  function use({ iss, jti, exp }: Claims): Result<undefined, XrpcFault> {
    const name = `${iss} ${jti}`
    if (used.has(name)) return denied('JwtReplayed', 'the token was used before')
    if (used.size >= USED_TOKENS_MAX) {
      for (const [each, until] of used) if (until < nowSeconds()) used.delete(each)
    }
    if (used.size >= USED_TOKENS_MAX) return refuse(xrpcFault(503, 'NotEnoughResources', 'too many tokens in use'))
    used.set(name, exp)
    return ok(undefined)
  }

  return {
    async verify(token, lxm) {
      const claims = read(token)
      if (!claims.ok) return claims
      const { verifyJwt, XRPCError } = await import('@atproto/xrpc-server')
      let key: PublicKey | undefined
      const keyOf = async (iss: string, forced: boolean): Promise<string> => {
        const fresh = forced && refreshes.allow(iss)
        key = await signingKeyOf(iss as Did, { fresh })
        return key?.text ?? ''
      }
      // Always by the key that was found last.
      const hasSigned = async (_key: string, message: Uint8Array, signature: Uint8Array, alg: string) =>
        key !== undefined && ALGORITHMS[key.curve] === alg && signatureHolds(key, message, signature)
      try {
        const { iss } = await verifyJwt(token, null, lxm, keyOf, hasSigned)
        const first = use(claims.value)
        return first.ok ? ok(iss as Did) : first
      } catch (error) {
        if (error instanceof XRPCError)
          return denied(error.customErrorName ?? 'BadJwt', error.errorMessage ?? 'refused')
        return denied('BadJwt', 'could not verify the jwt')
      }
    },
  }
}

function keyRefreshes(world: World): { allow(did: string): boolean } {
  let periodStart = Number.NEGATIVE_INFINITY
  const asked = new Set<string>()
  return {
    allow(did) {
      const now = world.clock.elapsed()
      if (now - periodStart >= KEY_REFRESH_PERIOD_MS) {
        periodStart = now
        asked.clear()
      }
      if (asked.has(did) || asked.size >= KEY_REFRESHES_PER_PERIOD_MAX) return false
      asked.add(did)
      return true
    },
  }
}

function jsonOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function denied(error: string, message: string): { readonly ok: false; readonly error: XrpcFault } {
  return refuse(xrpcFault(401, error, message))
}
