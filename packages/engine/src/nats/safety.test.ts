import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { assertSafe, unsafeBecause, type ServerState } from './safety.ts'

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

test('servers that have not all found each other yet are asked again: there are to be three copies of the log', async (t) => {
  let asked = 0
  const monitor = createServer(({ url }, response) => {
    if (url === '/varz') return response.end(JSON.stringify({ server_name: 'n0', version: '2.15.1' }))
    const size = asked++ < 3 ? 2 : 3
    return response.end(JSON.stringify({ config: { sync_always: true }, meta_cluster: { cluster_size: size } }))
  })
  monitor.listen(0, '127.0.0.1')
  await once(monitor, 'listening')
  t.after(() => {
    monitor.close()
    monitor.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(monitor.address() as AddressInfo).port}`
  assert.deepEqual(await assertSafe(realWorld(), [url, url, url]), { replicas: 3 })
})
