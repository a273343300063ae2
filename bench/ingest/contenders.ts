import { ensureChunkIsMessage } from '@atproto/xrpc-server'
import { parseCommitAuthenticated } from '@atproto/sync'
import { assert } from '@waypost/kernel'
import { checkCommit } from '../../packages/server/src/verify/commit.ts'
import { parseDidKey, type PublicKey } from '../../packages/server/src/verify/did-key.ts'
import { decodeFrame } from '../../packages/server/src/wire/decode-frame.ts'
// The package shows its consumer only; its decoder stands beside it.
import { decodeFrame as decodeAtcute } from '../../node_modules/@atcute/firehose/dist/frame-decoder.js'
import type { Material } from './material.ts'

/** One way of taking a message in; throws where the message does not hold. */
export interface Contender {
  readonly name: string
  take(frame: Uint8Array): Promise<void>
}

/** Ours: frame, block hashes, signature, ops, inversion, lexicon. The chain is a comparison of two texts more. */
export function ours(material: Material): Contender {
  const keys = new Map<string, PublicKey>([...material.keys].map(([did, key]) => [did, parseDidKey(key)!]))
  return {
    name: 'waypost',
    async take(bytes) {
      const frame = decodeFrame(bytes)
      assert(frame.ok && frame.value.kind === 'commit', 'the message is a commit')
      const checked = checkCommit(frame.value, keys.get(frame.value.did)!)
      assert(checked.ok, checked.ok ? '' : checked.error.detail)
    },
  }
}

/** The network's published consumer as it comes: signature, and proofs of the ops. No prevData, no lexicon. */
export function stock(material: Material): Contender {
  const idResolver = { did: { resolveAtprotoKey: async (did: string) => material.keys.get(did)! } }
  type Arguments = Parameters<typeof parseCommitAuthenticated>
  return {
    name: '@atproto/sync',
    async take(bytes) {
      const { body } = ensureChunkIsMessage(bytes) as unknown as { body: Arguments[1] }
      const events = await parseCommitAuthenticated(idResolver as Arguments[0], body)
      assert(events.length === body.ops.length, 'every op was verified')
    },
  }
}

/** Decoding only: what nobody should stop at. */
export function decodeOnly(): Contender {
  return {
    name: '@atcute/firehose, decoding only',
    async take(bytes) {
      assert(decodeAtcute(bytes).type === 'message', 'the message is a message')
    },
  }
}
