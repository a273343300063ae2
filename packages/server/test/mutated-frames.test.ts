import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { decodeFrame } from '#wire/decode-frame.ts'
import { checkCommit } from '#verify/commit.ts'
import { identityOf } from '#verify/identity.ts'
import { recordedFrames, sharedJson, unlessShared } from './kit/shared-data.ts'

const FOLDER = 'atproto/firehose-2026-07-04'
const MUTANTS = 6_000
/** A single mutant that takes longer shows a way to hold us up. */
const MUTANT_MS_MAX = 250

test(
  'thousands of mutated frames are refused or hold; none throws, none takes long',
  {
    skip: unlessShared(FOLDER),
  },
  async () => {
    const documents = sharedJson<Record<Did, Record<string, unknown>>>(`${FOLDER}/did_docs.json.gz`)
    const frames = recordedFrames()
    const { random } = simWorld({ seed: 20260704 })
    const pick = (count: number): number => Math.floor(random.fraction() * count)
    const verdicts = new Map<string, number>()
    for (let turn = 0; turn < MUTANTS; turn++) {
      const original = frames[pick(frames.length)]!
      const mutant = mutate(original, frames[pick(frames.length)]!, pick)
      const started = performance.now()
      const verdict = await judge(mutant)
      const tookMs = performance.now() - started
      assert.ok(tookMs < MUTANT_MS_MAX, `mutant ${turn} took ${tookMs} ms`)
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
      // What still holds must say the same as before: the mutation hit a field that nobody reads.
      if (verdict === 'holds') assert.deepEqual(essence(mutant), essence(original))
    }
    assert.ok(verdicts.size >= 8, `verdicts: ${JSON.stringify([...verdicts])}`)

    async function judge(bytes: Uint8Array): Promise<string> {
      const frame = decodeFrame(bytes)
      if (!frame.ok) return frame.error
      if (frame.value.kind !== 'commit') return frame.value.kind
      const identity = identityOf(frame.value.did, documents[frame.value.did] ?? {}, 0)
      if (!identity.ok) return 'identity-unresolved'
      const checked = checkCommit(frame.value, identity.value.signingKey)
      return checked.ok ? 'holds' : checked.error.reason
    }
  },
)

/** What a commit says of a repository; not when or under which number it was sent, which is the host's to say. */
function essence(bytes: Uint8Array): unknown {
  const frame = decodeFrame(bytes)
  assert.ok(frame.ok && frame.value.kind === 'commit')
  const { did, rev, commit, ops, prevData } = frame.value
  return { did, rev, commit, prevData, ops: ops.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
}

function mutate(original: Uint8Array, other: Uint8Array, pick: (count: number) => number): Uint8Array {
  const bytes = original.slice()
  switch (pick(6)) {
    case 0:
      bytes[pick(bytes.length)]! ^= 1 << pick(8)
      return bytes
    case 1:
      for (let turn = 0; turn < 8; turn++) bytes[pick(bytes.length)] = pick(256)
      return bytes
    case 2:
      return bytes.subarray(0, pick(bytes.length))
    case 3: {
      const at = pick(bytes.length)
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(40))])
    }
    case 4: {
      const at = pick(bytes.length)
      return Buffer.concat([
        bytes.subarray(0, at),
        other.subarray(pick(other.length), pick(other.length) + 64),
        bytes.subarray(at),
      ])
    }
    default: {
      // Lengths and types sit in single bytes: one of them set to an extreme.
      bytes[pick(bytes.length)] = [0x1b, 0x5b, 0x7b, 0x9b, 0xbb, 0xff, 0x80, 0xa0][pick(8)]!
      return bytes
    }
  }
}
