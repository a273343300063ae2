import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from '@atcute/cbor'
import type { Did } from '@waypost/kernel'
import { decodeFrame } from '#wire/decode-frame.ts'
import type { CommitFrame, Frame } from '#wire/frame.ts'
import { cidOf, linkOf } from '#wire/link.ts'
import { readBlocks } from '#verify/blocks.ts'
import { splitPath } from '#verify/collections.ts'
import { checkCommit } from '#verify/commit.ts'
import { parseDidKey } from '#verify/did-key.ts'
import { identityOf } from '#verify/identity.ts'
import { readTree } from '#verify/tree.ts'
import { recordedFrames, sharedBytes, sharedJson, sharedLines, sharedText, unlessShared } from './kit/shared-data.ts'

const FOLDER = 'atproto/firehose-2026-07-04'
const options = { skip: unlessShared(FOLDER) }

function frames(): readonly Frame[] {
  return recordedFrames().map((bytes) => {
    const frame = decodeFrame(bytes)
    assert.ok(frame.ok, frame.ok ? '' : frame.error)
    return frame.value
  })
}

function identities() {
  const documents = sharedJson<Record<Did, Record<string, unknown>>>(`${FOLDER}/did_docs.json.gz`)
  return (did: Did) => {
    const identity = identityOf(did, documents[did] ?? {}, 0)
    assert.ok(identity.ok, `${did}: ${identity.ok ? '' : identity.error.detail}`)
    return identity.value
  }
}

test('every recorded commit verifies with the key of its DID document', options, async () => {
  const identity = identities()
  let commits = 0
  for (const frame of frames()) {
    if (frame.kind !== 'commit') continue
    const checked = checkCommit(frame, identity(frame.did).signingKey)
    assert.ok(checked.ok, checked.ok ? '' : `${frame.seq}: ${checked.error.reason} ${checked.error.detail}`)
    assert.equal(checked.value.rev, frame.rev)
    commits++
  }
  assert.equal(commits, sharedJson<{ commit_frames: number }>(`${FOLDER}/manifest.json`).commit_frames)
})

test('no recorded commit verifies with the key of somebody else', options, async () => {
  const stranger = parseDidKey('did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme')
  assert.ok(stranger)
  for (const frame of frames()) {
    if (frame.kind !== 'commit') continue
    const checked = checkCommit(frame, stranger)
    assert.ok(!checked.ok && checked.error.reason === 'signature')
  }
})

/** What Jetstream's first version tells of a frame, but for `time_us`, which is its own clock. */
function asJetstream(frame: Frame): readonly unknown[] {
  switch (frame.kind) {
    case 'commit':
      return commitAsJetstream(frame)
    case 'identity': {
      const { did, handle, seq, time } = frame
      return [{ did, kind: 'identity', identity: { did, ...(handle && { handle }), seq, time } }]
    }
    case 'account': {
      const { did, active, status, seq, time } = frame
      return [{ did, kind: 'account', account: { active, did, seq, ...(status && { status }), time } }]
    }
    default:
      return []
  }
}

function commitAsJetstream(frame: CommitFrame): readonly unknown[] {
  const { did, rev } = frame
  const blocks = readBlocks(frame.blocks, { blocksMax: 10_000 })
  assert.ok(blocks.ok)
  return frame.ops.map(({ action, path, cid }) => {
    const { collection, rkey } = splitPath(path)
    if (cid === undefined) return { did, kind: 'commit', commit: { rev, operation: action, collection, rkey } }
    // Through JSON, so that links become `$link` objects as Jetstream writes them.
    const record: unknown = JSON.parse(JSON.stringify(decode(blocks.value.byLink.get(cid)!)))
    return { did, kind: 'commit', commit: { rev, operation: action, collection, rkey, record, cid: cidOf(cid) } }
  })
}

test('the recorded frames say, op by op, what another implementation served for them', options, () => {
  // Compared are did, kind, rev, operation, collection, rkey, the whole record, cid, and the identity and account
  // objects; not time_us, which is the other server's clock.
  const expected = sharedLines(`${FOLDER}/expected_v1.jsonl`).map((line) => {
    const { time_us, ...rest } = JSON.parse(line) as Record<string, unknown>
    assert.equal(typeof time_us, 'number')
    return rest
  })
  const ours = frames().flatMap(asJetstream)
  assert.equal(ours.length, expected.length)
  for (const [line, event] of ours.entries()) assert.deepEqual(event, expected[line], `line ${line + 1}`)
})

test(
  'a recorded repository holds the commit and the records that another implementation found in it',
  options,
  async () => {
    const commit = sharedText(`${FOLDER}/car_expected_commit.txt`)
    const car = readBlocks(sharedBytes(`${FOLDER}/repo.car`), { blocksMax: 10_000 })
    assert.ok(car.ok)
    const signed = decode(car.value.byLink.get(car.value.root)!) as {
      did: string
      rev: string
      data: { $link: string }
    }
    assert.ok(commit.includes(`DID: ${signed.did}\n`))
    assert.ok(commit.includes(`Revision: ${signed.rev}`))
    assert.ok(commit.includes(`Data CID: ${signed.data.$link}\n`))
    const tree = readTree(car.value, linkOf(signed.data.$link))
    assert.ok(tree.ok)
    assert.deepEqual(
      tree.value.map(({ path, cid }) => `${path}\t${cid}`),
      sharedLines(`${FOLDER}/car_expected_records.tsv`),
    )
  },
)

test(
  'whole repositories of others are read to the last entry, and none twice',
  {
    skip: unlessShared('atproto/cars'),
  },
  async () => {
    for (const [name, least] of [
      ['empty', 0],
      ['tiny', 5],
      ['little', 200],
    ] as const) {
      const car = readBlocks(sharedBytes(`atproto/cars/${name}.car`), { blocksMax: 10_000 })
      assert.ok(car.ok)
      const signed = decode(car.value.byLink.get(car.value.root)!) as { data: { $link: string } }
      const tree = readTree(car.value, linkOf(signed.data.$link))
      assert.ok(tree.ok, tree.ok ? '' : `${name}: ${tree.error.reason} ${tree.error.detail}`)
      const paths = new Set(tree.value.map(({ path }) => path))
      assert.ok(paths.size === tree.value.length && paths.size >= least, `${name} has ${paths.size}`)
    }
  },
)

test(
  'a DID document of the older kind names its key without a prefix',
  {
    skip: unlessShared('atproto/cars/greenground.didDoc.json'),
  },
  () => {
    const document = sharedJson<Record<string, unknown>>('atproto/cars/greenground.didDoc.json')
    const identity = identityOf(document['id'] as Did, document, 0)
    assert.ok(identity.ok)
    assert.equal(identity.value.signingKey.curve, 'k256')
    assert.equal(identity.value.claimedHandle, 'greenground.bsky.social')
    assert.equal(identity.value.pds, 'https://bsky.social')
  },
)
