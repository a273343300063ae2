import { verifySignature } from '@atproto/crypto'
import { assert } from '@waypost/kernel'
import { readBlocks } from '../../packages/server/src/verify/blocks.ts'
import { isOurs, splitPath } from '../../packages/server/src/verify/collections.ts'
import { checkSignedHead, judgeRecord } from '../../packages/server/src/verify/commit.ts'
import type { Curve, PublicKey } from '../../packages/server/src/verify/did-key.ts'
import { portableSignatureHolds, signatureHolds } from '../../packages/server/src/verify/signature.ts'
import { invertOps } from '../../packages/server/src/verify/tree.ts'
import { decodeFrame } from '../../packages/server/src/wire/decode-frame.ts'
import { cidOf } from '../../packages/server/src/wire/link.ts'
import { publicKeys } from './contenders.ts'
import { round, type Work } from './cpu.ts'
import type { Material } from './material.ts'

/** The steps of taking one commit in, each alone over what the steps before it leave to it: together the whole. */
export function steps(material: Material) {
  const commit = round(prepareAll(material))
  const step = (take: (commit: Prepared) => boolean): Work => ({
    next: () => assert(take(commit()), 'a recorded commit holds'),
  })
  return {
    frame: step(({ bytes }) => decodeFrame(bytes).ok),
    blocks_and_hashes: step(({ frame }) => readBlocks(frame.blocks, { blocksMax: 20_000 }).ok),
    signed_commit: step(({ blocks, key }) => checkSignedHead(blocks, key, () => true).ok),
    signature: step(({ key, message, signature }) => signatureHolds(key, message, signature)),
    tree: step(({ blocks, data, frame }) => invertOps(blocks, data, frame.ops).ok),
    records: step(judgeRecords),
  } satisfies Record<string, Work>
}

/** One signature, by curve and by who checks it. */
export function signatureChecks(material: Material) {
  const all = prepareAll(material)
  const check = (curve: Curve, take: (commit: Prepared) => boolean | Promise<boolean>): Work => {
    const commit = round(all.filter(({ key }) => key.curve === curve))
    return {
      async next() {
        assert(await take(commit()), 'a recorded signature holds')
      },
    }
  }
  const ours = ({ key, message, signature }: Prepared): boolean => signatureHolds(key, message, signature)
  const openssl = ({ key, message, signature }: Prepared): boolean => portableSignatureHolds(key, message, signature)
  const javascript = ({ key, message, signature }: Prepared) => verifySignature(key.text, message, signature)
  return {
    k256: check('k256', ours),
    k256_openssl: check('k256', openssl),
    k256_javascript: check('k256', javascript),
    p256_openssl: check('p256', openssl),
    p256_javascript: check('p256', javascript),
  } satisfies Record<string, Work>
}

type Prepared = ReturnType<typeof prepared>

function prepareAll(material: Material): readonly Prepared[] {
  const keys = publicKeys(material)
  return material.commits.map((bytes) => prepared(bytes, keys))
}

function prepared(bytes: Uint8Array, keys: ReadonlyMap<string, PublicKey>) {
  const decoded = decodeFrame(bytes)
  assert(decoded.ok && decoded.value.kind === 'commit', 'the message is a commit')
  const frame = decoded.value
  const blocks = readBlocks(frame.blocks, { blocksMax: 20_000 })
  assert(blocks.ok, 'its blocks hold')
  const key = keys.get(frame.did)!
  let signed: { readonly message: Uint8Array; readonly signature: Uint8Array } | undefined
  const head = checkSignedHead(blocks.value, key, (_, message, signature) => {
    signed = { message, signature }
    return true
  })
  assert(head.ok && signed, 'it is signed')
  return { bytes, frame, blocks: blocks.value, key, data: head.value.data, ...signed }
}

function judgeRecords({ frame, blocks }: Prepared): boolean {
  for (const { path, cid } of frame.ops) {
    if (cid === undefined || !isOurs(splitPath(path).collection)) continue
    judgeRecord(path, cidOf(cid), blocks.byLink.get(cid)!, [])
  }
  return true
}
