import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyValue } from '@waypost/engine'
import { simWorld } from '@waypost/kernel/sim'
import { checkinUri, didOf } from '#project/given.ts'
import { openDenials } from './denials.ts'
import { givenPrivate } from './given-private.ts'
import { createReports, type Report } from './moderation/reports.ts'
import { moveIntoPrivate } from './private-migration.ts'
import { createPushSubscriptions } from './push/subscriptions.ts'
import { createSeenStates } from './seen.ts'
import { grantStore } from './session/oauth-stores.ts'

const DAY_MS = 86_400_000
const ana = didOf('ana')
const visit = checkinUri('ben', 'visit')
const KEPT = ['session/hash', `session-of/${ana}/hash`, 'oauth/keyset', `push-mark/${ana}`, 'crawl/https://pds.example']

test('what the key-value store had of people is moved, once, however often it is broken off', async () => {
  const world = simWorld()
  await using own = await givenPrivate(world)
  const { keyValue } = own.engine
  const now = world.clock.now()
  const report: Report = {
    id: 'abc',
    at: now - 100 * DAY_MS,
    by: ana,
    subject: { kind: 'place', id: 'osm:node/1' },
    reasonType: 'closed',
    reason: 'Since May',
  }
  const subscription = { endpoint: 'https://push.example/1', p256dh: 'a', auth: 'b' }
  const put = (key: string, value: string): Promise<number> => keyValue.put(key, Buffer.from(value))
  await put(`denial/${ana}/${visit}`, '')
  await put('denials-changed', '')
  await put(`seen/${ana}`, String(now - 5))
  await put(`report/${ana}/abc`, JSON.stringify(report))
  await put(`push/${ana}/hash`, JSON.stringify({ ...subscription, at: now }))
  await put('push-owner/hash', ana)
  await put(`oauth/tokens/${ana}`, JSON.stringify({ tokenSet: 'secret' }))
  for (const key of KEPT) await put(key, 'x')

  let left = 0
  const dying: KeyValue = {
    ...keyValue,
    async delete(key) {
      if (left-- <= 0) throw new Error('killed')
      await keyValue.delete(key)
    },
  }
  for (let deletions = 0; deletions < 5; deletions++) {
    left = deletions === 0 ? 0 : 1
    await assert.rejects(moveIntoPrivate(world, dying, own.kept), /killed/)
  }
  assert.equal(await moveIntoPrivate(world, keyValue, own.kept), 0)
  assert.deepEqual(await keyValue.list(''), KEPT.toSorted())

  using denials = openDenials(own.kept, { changed() {} })
  assert.equal(denials.has(ana, visit), true)
  assert.equal(createSeenStates(world, own.kept).get(ana), now - 5)
  const reports = createReports(world, own.kept)
  assert.deepEqual(reports.list(), [report])
  using subscriptions = createPushSubscriptions(world, own.kept)
  assert.deepEqual(subscriptions.of(ana), [{ ...subscription, at: now }])
  assert.deepEqual([...subscriptions.everyone()], [ana])
  assert.deepEqual(await grantStore(world, own.kept).get(ana), { tokenSet: 'secret' })
  await world.advance(81 * DAY_MS)
  assert.deepEqual(reports.list(), [], 'and ends when it would have')
})

test('what an older version still wrote does not stand in the place of what is there', async () => {
  const world = simWorld()
  await using own = await givenPrivate(world)
  const seen = createSeenStates(world, own.kept)
  await seen.raise(ana, 7)
  await own.engine.keyValue.put(`seen/${ana}`, Buffer.from('5'))
  assert.equal(await moveIntoPrivate(world, own.engine.keyValue, own.kept), 0)
  assert.deepEqual([seen.get(ana), await own.engine.keyValue.list('seen/')], [7, []])
})
