import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok, refuse } from '@waypost/kernel'
import { app as lexicons } from '@waypost/lexicon'
import fastify from 'fastify'
import { xrpcFault } from '#serve/handler.ts'
import { mountXrpc } from './adapter.ts'
import { strangersHost } from './given-host.ts'
import { query } from './method.ts'

const { getByCell, search } = lexicons.waypost.place

test('an answer that is the same for everybody may be kept for a while; no other may, and no fault', async () => {
  await using server = fastify()
  await server.register(async (scope) =>
    mountXrpc(scope, {
      ...strangersHost(),
      admit: async () => assert.fail(),
      failed: (_nsid, error) => assert.fail(String(error)),
      methods: [
        query(
          getByCell.main,
          ({ cell }) =>
            cell === 'u33dbf' ? ok({ places: [] }) : refuse(xrpcFault(400, 'InvalidCell', 'that is no cell')),
          { publicSeconds: 7 },
        ),
        query(search.main, () => ok({ places: [] })),
      ],
    }),
  )
  const kept = async (url: string) => (await server.inject(url)).headers['cache-control']
  assert.equal(await kept('/xrpc/app.waypost.place.getByCell?cell=u33dbf'), 'public, max-age=7')
  assert.equal(await kept('/xrpc/app.waypost.place.getByCell?cell=u'), 'no-store')
  assert.equal(await kept('/xrpc/app.waypost.place.getByCell'), 'no-store')
  assert.equal(await kept('/xrpc/app.waypost.place.search'), 'no-store')
})
