import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromUint8Array } from '@atcute/car'
import * as CBOR from '@atcute/cbor'
import { verifySignature } from '@atproto/crypto'
import { simWorld } from '@waypost/kernel/sim'
import { spoiltFrame, type Fault } from './fault.ts'
import { deriveSigningKey } from './key.ts'
import { createSignedRepo, type RepoWrite } from './signed-repo.ts'

const DID = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'

function visit(rkey: string): RepoWrite {
  return { action: 'create', collection: 'app.waypost.checkin', rkey, record: { $type: 'app.waypost.checkin' } }
}

/** Whether the commit in a message is signed by this key, to a reader who takes only low numbers, or both twins. */
async function isSigned(frame: Uint8Array, key: string, allowMalleableSig = false): Promise<boolean> {
  const [, body] = CBOR.decodeFirst(frame)
  const { blocks } = CBOR.decode(body) as { blocks: CBOR.Bytes }
  const [commit] = fromUint8Array(CBOR.fromBytes(blocks))
  const { sig, ...unsigned } = CBOR.decode(commit!.bytes) as { sig: CBOR.Bytes }
  return verifySignature(key, CBOR.encode(unsigned), CBOR.fromBytes(sig), { allowMalleableSig })
}

for (const curve of ['k256', 'p256'] as const) {
  test(`what is well signed with ${curve} is well signed: it is bad in the one way only`, async () => {
    const { clock } = simWorld()
    const key = await deriveSigningKey('ana', curve)
    const repo = createSignedRepo({ did: DID, key, clock })
    await repo.commit([visit('a')])
    const nowMicros = clock.now() * 1_000
    const spoil = (fault: Fault): Promise<Uint8Array> =>
      spoiltFrame(fault, repo, [visit('b')], { stamp: { seq: 2, time: '' }, at: nowMicros, nowMicros })
    for (const fault of [
      'prev-data',
      'prev-data-missing',
      'future-rev',
      'soon-rev',
      'last-rev',
      'past-rev',
      'seq-negative',
    ] as const) {
      assert.ok(await isSigned(await spoil(fault), key.did), fault)
    }
    const twin = await spoil('high-s')
    assert.deepEqual([await isSigned(twin, key.did), await isSigned(twin, key.did, true)], [false, true])
    const others = await spoil('other-key')
    const other = await deriveSigningKey(`not ${DID}`, curve)
    assert.deepEqual([await isSigned(others, key.did, true), await isSigned(others, other.did)], [false, true])
    assert.ok(!(await isSigned(await spoil('signature'), key.did, true)))
  })
}
