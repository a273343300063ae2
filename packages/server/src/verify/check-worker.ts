import { parentPort } from 'node:worker_threads'
import { assert } from '@waypost/kernel'
import { decodeFrame } from '#wire/decode-frame.ts'
import { messagesOf, verdictOf, type Batch, type Verdict } from '#verify/check-message.ts'
import { checkCommit } from '#verify/commit.ts'
import { parseDidKey, type PublicKey } from '#verify/did-key.ts'

/* A thread that checks commits, batch after batch. What goes wrong here is our own fault, and ends the process. */

/** Reading a key costs as much as checking with it. Past this many the oldest is forgotten. */
const KEYS_MAX = 20_000

const keys = new Map<string, PublicKey>()

function keyOf(text: string): PublicKey {
  let key = keys.get(text)
  if (!key) {
    key = parseDidKey(text)
    assert(key, 'a key that was read before')
    keys.set(text, key)
    if (keys.size > KEYS_MAX) keys.delete(keys.keys().next().value!)
  }
  return key
}

function judge(message: Uint8Array, key: PublicKey): Verdict {
  const frame = decodeFrame(message)
  assert(frame.ok && frame.value.kind === 'commit', 'a commit that was decoded before')
  return verdictOf(checkCommit(frame.value, key), message)
}

const port = parentPort
assert(port, 'a thread of the check pool')
port.on('message', (batch: Batch) => {
  const verdicts: Verdict[] = []
  for (const message of messagesOf(batch)) verdicts.push(judge(message, keyOf(batch.keys[verdicts.length]!)))
  port.postMessage(verdicts)
})
port.postMessage('ready')
