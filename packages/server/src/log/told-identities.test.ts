import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import type { Did, Handle } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import type { EventBody, RepoHead, VerifiedEvent } from '#verify/event.ts'
import { openEventLog } from './event-log.ts'
import { followToldIdentities } from './told-identities.ts'

const HEAD: RepoHead = { rev: undefined, data: undefined, active: true, status: undefined }
const didOf = (name: string): Did => `did:plc:${name}`
let seq = 0
const source = () => ({ host: 'https://pds.example', seq: ++seq })

function called(name: string, handle?: string): EventBody {
  const given = handle === undefined ? undefined : (handle as Handle)
  return { kind: 'identity', did: didOf(name), source: source(), head: HEAD, handle: given, pds: 'https://pds.example' }
}

function gone(name: string): EventBody {
  return { kind: 'account', did: didOf(name), source: source(), head: { ...HEAD, active: false, status: 'deleted' } }
}

test('what was last told of somebody is known, also after a restart, and nothing of who has deleted their account', async () => {
  const world = simWorld()
  const eventLog = openEventLog(openMemoryEngine({ world }).log, world)
  const append = (...events: EventBody[]) => eventLog.append(events as VerifiedEvent[])
  const folder = mkdtempSync(join(tmpdir(), 'waypost-told-'))
  const failed = () => assert.fail('the memory engine is never away')
  try {
    await append(called('ana', 'ana.example'), called('ben', 'ben.example'), called('ana', 'ana.test'))
    {
      await using told = followToldIdentities({ world, folder, eventLog, failed })
      await world.advance(10)
      assert.deepEqual(told.of(didOf('ana')), { handle: 'ana.test', pds: 'https://pds.example' })
    }
    await append(gone('ben'), called('cem'))
    await using told = followToldIdentities({ world, folder, eventLog, failed })
    await world.advance(10)
    assert.deepEqual(told.of(didOf('ana')), { handle: 'ana.test', pds: 'https://pds.example' })
    assert.equal(told.of(didOf('ben')), undefined)
    assert.deepEqual(told.of(didOf('cem')), { handle: undefined, pds: 'https://pds.example' })
    assert.equal(told.of(didOf('dan')), undefined)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
