import { verify, type KeyObject } from 'node:crypto'
import { encode } from '@atproto/lex-cbor'
import { def, MemoryBlockstore, MST, readCarWithRoot } from '@atproto/repo'
import { parseCommitAuthenticated } from '@atproto/sync'
import { ensureChunkIsMessage } from '@atproto/xrpc-server'
import { assert } from '@waypost/kernel'
import { checkCommit } from '../../packages/server/src/verify/commit.ts'
import { parseDidKey, type PublicKey } from '../../packages/server/src/verify/did-key.ts'
import type { SignatureCheck } from '../../packages/server/src/verify/signature.ts'
import { EMPTY_TREE } from '../../packages/server/src/verify/tree.ts'
import { decodeFrame } from '../../packages/server/src/wire/decode-frame.ts'
import { cidOf } from '../../packages/server/src/wire/link.ts'
// The package shows its consumer only; its decoder stands beside it.
import { decodeFrame as decodeAtcute } from '../../node_modules/@atcute/firehose/dist/frame-decoder.js'
import { round, type Work } from './cpu.ts'
import type { Material } from './material.ts'

/*
 * Ways of taking messages in; each throws where one does not hold.
 */

/** Ours: frame, block hashes, signature, ops, inversion, lexicon. The chain is a comparison of two texts more. */
export function ours(material: Material, holds: SignatureCheck): Work {
  const keys = publicKeys(material)
  const frame = round(material.commits)
  return {
    next() {
      const decoded = decodeFrame(frame())
      assert(decoded.ok && decoded.value.kind === 'commit', 'the message is a commit')
      const checked = checkCommit(decoded.value, keys.get(decoded.value.did)!, holds)
      assert(checked.ok, checked.ok ? '' : checked.error.detail)
    },
  }
}

/** What a frame costs that is nobody's business here: it is decoded, without its blocks, and dropped. */
export function dropped(frames: readonly Uint8Array[]): Work {
  const frame = round(frames)
  return {
    next() {
      assert(decodeFrame(frame()).ok, 'a recorded frame is well-formed')
    },
  }
}

/** The network's published consumer as it comes: signature, and proofs of the ops. No prevData, no lexicon. */
export function stock(material: Material): Work {
  const idResolver = { did: { resolveAtprotoKey: async (did: string) => material.keys.get(did)! } }
  type Arguments = Parameters<typeof parseCommitAuthenticated>
  const frame = round(material.commits)
  return {
    async next() {
      const { body } = ensureChunkIsMessage(frame()) as unknown as { body: Arguments[1] }
      const events = await parseCommitAuthenticated(idResolver as Arguments[0], body)
      assert(events.length === body.ops.length, 'every op was verified')
    },
  }
}

type Cid = Awaited<ReturnType<typeof readCarWithRoot>>['root']

interface CommitBody {
  readonly repo: string
  readonly rev: string
  readonly since: string | null
  readonly commit: Cid
  readonly prevData?: Cid
  readonly blocks: Uint8Array
  readonly ops: readonly { action: 'create' | 'update' | 'delete'; path: string; cid: Cid | null; prev?: Cid }[]
}

/** The reference implementation's parts, put together to the same as ours but for the lexicon; OpenSSL's signatures. */
export function reference(material: Material): Work {
  const keys = new Map([...publicKeys(material)].map(([did, { object }]) => [did, object]))
  const frame = round(material.commits)
  return {
    async next() {
      const { body } = ensureChunkIsMessage(frame()) as unknown as { body: CommitBody }
      const { root, blocks } = await readCarWithRoot(body.blocks)
      assert(root.equals(body.commit), 'the root is the commit')
      const store = new MemoryBlockstore(blocks)
      const signed = await store.readObj(root, def.versionedCommit)
      assert(signed.version === 3 && signed.did === body.repo && signed.rev === body.rev, 'the fields agree')
      const { sig, ...unsigned } = signed
      assert(compactHolds(keys.get(body.repo)!, encode(unsigned), sig), 'the signature holds')
      let tree = MST.load(store, signed.data)
      for (const { path, cid } of body.ops) {
        const there = await tree.get(path)
        assert(cid === null ? there === null : there?.equals(cid) === true, 'the op agrees with the tree')
      }
      for (const { action, path, prev } of body.ops.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
        if (action === 'create') tree = await tree.delete(path)
        else if (action === 'update') tree = await tree.update(path, prev!)
        else tree = await tree.add(path, prev!)
      }
      const before = (await tree.getPointer()).toString()
      assert(before === (body.prevData?.toString() ?? cidOf(EMPTY_TREE)), 'undoing the ops leads to prevData')
    },
  }
}

/** Without the look at a high S: a stranger's verifier would need it, and pays next to nothing for it. */
function compactHolds(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** Decoding only: what nobody should stop at. */
export function decodeOnly(material: Material): Work {
  const frame = round(material.commits)
  return {
    next() {
      assert(decodeAtcute(frame()).type === 'message', 'the message is a message')
    },
  }
}

export function publicKeys(material: Material): ReadonlyMap<string, PublicKey> {
  return new Map([...material.keys].map(([did, key]) => [did, parseDidKey(key)!]))
}
