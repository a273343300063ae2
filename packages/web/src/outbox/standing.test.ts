import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fault } from '../api.ts'
import type { Entry } from './entry.ts'
import { initialOutbox, type OutboxState } from './machine.ts'
import { standingOf } from './standing.ts'

const ANA = 'did:plc:ana'
const online = { isOffline: false }
const offline = { isOffline: true }
const hers: OutboxState = { ...initialOutbox, me: ANA }

test('one that waits says what it waits for', () => {
  assert.equal(standingOf(entry(), hers, offline), 'unconnected')
  assert.equal(standingOf(entry(), hers, online), 'soon')
  assert.equal(standingOf(entry(), { ...hers, me: undefined }, online), 'signedOut')
})

test('after a failure it waits for whoever failed', () => {
  const after = (status: number, error: string) => standingOf(entry(), { ...hers, fault: fault(status, error) }, online)
  assert.equal(after(0, 'NetworkFailure'), 'unconnected')
  assert.equal(after(502, 'UpstreamFailure'), 'upstream')
  assert.equal(after(500, 'InternalServerError'), 'server')
  assert.equal(after(429, 'RateLimitExceeded'), 'soon')
  assert.equal(after(0, 'ClientFailure'), 'soon')
})

test('one on its way is being sent, and waits where the connection is gone meanwhile', () => {
  const busy = { ...hers, sending: '3a' }
  assert.equal(standingOf(entry(), busy, online), 'sending')
  assert.equal(standingOf(entry(), busy, offline), 'unconnected')
})

test('what its author has to do comes before what it would wait for', () => {
  for (const status of ['held', 'refused'] as const) {
    assert.equal(standingOf({ ...entry(), status }, { ...hers, me: undefined }, offline), status)
  }
})

function entry(): Entry {
  const draft = { place: { name: 'Here' }, text: '', companions: [] } as unknown as Entry['draft']
  return { rkey: '3a', author: ANA, draft, photos: [], isHere: false, isPosted: false, status: 'waiting' }
}

function fault(status: number, error: string): Fault {
  return { status, error, message: error }
}
