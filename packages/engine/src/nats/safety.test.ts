import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unsafeBecause, type ServerState } from './safety.ts'

const SAFE: ServerState = { name: 'n0', version: '2.15.1', syncsAlways: true, hasJetStream: true, clusterSize: 3 }

test('a server that syncs before it acknowledges is safe, in every version from 2.15.1 on', () => {
  for (const version of ['2.15.1', '2.15.2-RC.1', '2.16.0', '3.0.0']) {
    assert.equal(unsafeBecause({ ...SAFE, version }), undefined, version)
  }
})

test('a server that is unsafe is refused with what to do about it', () => {
  for (const version of ['2.9.10', '2.15.0', '1.99.99', '2.10.27']) {
    assert.match(unsafeBecause({ ...SAFE, version }) ?? '', /needs 2\.15\.1 or newer/, version)
  }
  assert.match(unsafeBecause({ ...SAFE, syncsAlways: false }) ?? '', /"sync_interval: always"/)
  assert.match(unsafeBecause({ ...SAFE, hasJetStream: false }) ?? '', /no JetStream/)
})
