import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { blocked, called, checkinUri, didOf, given, removed, tell } from '#project/given.ts'
import { openQueries } from '#query/queries.ts'
import { hidesFrom } from './hides.ts'
import { EMPTY_DIRECTORY } from '#query/directory/place-port.ts'

const of = (who: string, company: readonly string[] = []) => ({
  kind: 'checkin' as const,
  seq: 1,
  uri: checkinUri(who, 'one'),
  checkin: () => ({ with: company.map((each) => ({ did: didOf(each) })) }),
})

test('a block hides somebody from whoever follows live, in both directions, until a second after it goes', async () => {
  const world = simWorld()
  using story = given(called('ana', 'ana.example'), called('ben', 'ben.example'), blocked('ana', 'ben'))
  using queries = openQueries({
    readModel: story.readModel,
    directory: EMPTY_DIRECTORY,
  })
  const [anas, bens] = [hidesFrom(world, queries, didOf('ana')), hidesFrom(world, queries, didOf('ben'))]
  assert.equal(anas()?.(of('ben')), true)
  assert.equal(anas()?.(of('cid', ['ben'])), true)
  assert.equal(anas()?.(of('cid')), false)
  assert.equal(anas()?.({ kind: 'deletion', seq: 1, uri: checkinUri('ben', 'one') }), false)
  assert.equal(anas()?.({ kind: 'account', seq: 1, did: didOf('ben') }), false)
  assert.equal(bens()?.(of('ana')), true)
  const before = [called('ana', 'ana.example'), called('ben', 'ben.example'), blocked('ana', 'ben')]
  story.and(tell([...before, removed('ana', 'app.bsky.graph.block', 'block ben')]).slice(before.length))
  await world.advance(1_000)
  assert.equal(anas(), undefined)
})
