import assert from 'node:assert/strict'
import { openMemoryEngine } from '@waypost/engine'
import { realWorld, type Did } from '@waypost/kernel'
import type { Sandbox } from '@waypost/sandbox'
import { givenPrivate } from '#serve/given-private.ts'
import { createOAuth, type OAuth } from '#serve/session/oauth-client.ts'
import { grantStore } from '#serve/session/oauth-stores.ts'
import { consentAtPds, HeadlessBrowser } from './headless-browser.ts'

/**
 * Somebody signs in; their access token runs out, and two servers on one engine need it at the same time.
 * Answers how often the PDS was asked for tokens by then, and whether both servers may act for the person afterwards.
 */
export async function twoRefreshesAtOnce(
  sandbox: Sandbox,
  person: { readonly did: string; readonly handle: string; readonly password: string },
): Promise<{ readonly refreshes: number; readonly acting: readonly string[] }> {
  const world = realWorld()
  const engine = openMemoryEngine({ world })
  let refreshes = 0
  const server = async (): Promise<OAuth> => {
    const { kept: grants } = await givenPrivate(world, engine)
    return createOAuth(
      world,
      { keyValue: engine.keyValue, grants },
      {
        origin: () => 'http://127.0.0.1:4000',
        serviceDid: sandbox.serviceDid,
        plcUrl: sandbox.plcUrl,
        sandbox: new URL(sandbox.pdsUrl),
        fetch: async (input, init) => {
          const request = new Request(input, init)
          const isToken = new URL(request.url).pathname === '/oauth/token'
          const body = isToken ? await request.clone().text() : ''
          const answer = await fetch(request)
          if (!body.includes('grant_type=refresh_token')) return answer
          // Told a nonce first, the client asks again with it: that is the same refresh.
          const { error } = (await answer.clone().json()) as { error?: string }
          if (error !== 'use_dpop_nonce') refreshes++
          return answer
        },
      },
    )
  }
  const [one, other] = [await server(), await server()]
  const client = await one.client()
  const begun = await client.authorize(person.handle, { scope: one.scope, state: 'x' })
  const callback = await consentAtPds(new HeadlessBrowser(), begun.href, person)
  await client.callback(new URL(callback).searchParams)

  await using own = await givenPrivate(world, engine)
  const grants = grantStore<{ tokenSet: { expires_at: string } }>(world, own.kept)
  const grant = await grants.get(person.did)
  assert(grant)
  grant.tokenSet.expires_at = new Date(world.clock.now() - 60_000).toISOString()
  await grants.set(person.did, grant)

  const sessions = await Promise.all(
    [one, other, one, other].map(async (each) => (await each.client()).restore(person.did as Did)),
  )
  const acting = await Promise.all(
    sessions.map(async (session) => {
      const answer = await session.fetchHandler('/xrpc/com.atproto.server.getSession')
      return ((await answer.json()) as { did: string }).did
    }),
  )
  return { refreshes, acting }
}
