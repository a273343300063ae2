import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tidFrom, type Did, type Tid } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { commitFrame, createSignedRepo, deriveSigningKey, FAULTS, spoiltFrame, type RepoWrite } from '@waypost/load'
import { revCanFollow } from '#verify/chain.ts'
import { checkCommit } from '#verify/commit.ts'
import { parseDidKey, type PublicKey } from '#verify/did-key.ts'
import { decodeFrame } from '#wire/decode-frame.ts'
import { REFUSED_AS } from './hostile-faults.ts'

const DID: Did = 'did:plc:hostilehostilehostile234'
/** What the stages before the log say of a message, after the commit that made this rev. */
async function judge(
  bytes: Uint8Array,
  { key, after, nowMs }: { key: PublicKey; after: Tid | undefined; nowMs: number },
): Promise<string> {
  const frame = decodeFrame(bytes)
  if (!frame.ok) return frame.error
  if (frame.value.kind !== 'commit') return frame.value.kind
  const head = after === undefined ? undefined : { rev: after, data: undefined, active: true, status: undefined }
  const rev = revCanFollow(frame.value.rev, head, nowMs)
  if (!rev.ok) return rev.error.reason
  const checked = checkCommit(frame.value, key)
  return checked.ok ? 'good' : checked.error.reason
}

function visits(step: number, count: number): RepoWrite[] {
  return Array.from({ length: count }, (_, n) => ({
    action: 'create',
    collection: 'app.waypost.checkin',
    rkey: tidFrom(1_767_225_600_000_000 + step * 10 + n, 0),
    record: {
      $type: 'app.waypost.checkin',
      createdAt: '2026-01-01T00:00:00Z',
      place: { name: `Place ${step}.${n}` },
    },
  }))
}

for (const curve of ['k256', 'p256'] as const) {
  test(`commits signed with ${curve} are good, and each fault of theirs is refused for what it is`, async () => {
    const world = simWorld()
    const signing = await deriveSigningKey('hostile', curve)
    const key = parseDidKey(signing.did)
    assert(key)
    const repo = createSignedRepo({ did: DID, key: signing, clock: world.clock })
    const nowMs = world.clock.now()
    const options = { stamp: { seq: 1, time: '2026-01-01T00:00:00Z' }, at: nowMs * 1_000, nowMicros: nowMs * 1_000 }
    for (let step = 0; step < 30; step++) {
      const writes = visits(step, 1 + (step % 4))
      for (const fault of step % 10 === 9 ? FAULTS : []) {
        const spoilt = await spoiltFrame(fault, repo, writes, options)
        const verdict = await judge(spoilt, { key, after: repo.head?.rev, nowMs })
        assert.equal(verdict, REFUSED_AS[fault], fault)
      }
      const [gone] = step > 3 ? visits(step - 3, 1) : []
      if (gone) writes.push({ action: 'delete', collection: gone.collection, rkey: gone.rkey })
      const after = repo.head?.rev
      const commit = await repo.commit(writes)
      assert.equal(await judge(commitFrame(options.stamp, commit), { key, after, nowMs }), 'good')
    }
  })
}
