import { tidFrom } from '@waypost/kernel'
import { commitFrame, createSignedRepo, generatePeople } from '../../packages/load/src/index.ts'
import { FIRST_SEQ } from '../../packages/load/src/recorded/stream.ts'
import { makesMember, splitPath } from '../../packages/server/src/verify/collections.ts'
import { decodeFrame } from '../../packages/server/src/wire/decode-frame.ts'
import { recordedFrames, unlessShared } from '../../packages/server/test/kit/shared-data.ts'

/** Messages of people and collections that are nobody's business here. */
export interface Foreign {
  readonly about: string
  readonly messages: readonly Uint8Array[]
}

const GENERATED = 150
const GENERATED_PEOPLE = 30
/** A generated message is then about as large as a real one: 5 kB. */
const TEXT_LETTERS = 2_800

/** Those of the network itself where they are there, generated ones of their size otherwise. */
export async function foreignMessages(): Promise<Foreign> {
  const isReal = unlessShared('atproto/firehose-2026-07-04') === false
  const messages = isReal ? recordedFrames().filter(isForeign) : await generated()
  const bytes = messages.reduce((sum, { length }) => sum + length, 0)
  const size = `${(bytes / messages.length / 1_000).toFixed(1)} kB on average`
  return { about: `${messages.length} ${isReal ? 'real' : 'generated'} messages of others, ${size}`, messages }
}

function isForeign(message: Uint8Array): boolean {
  const frame = decodeFrame(message)
  if (!frame.ok || !('seq' in frame.value)) return false
  return frame.value.kind !== 'commit' || !frame.value.ops.some(({ path }) => makesMember(splitPath(path).collection))
}

async function generated(): Promise<readonly Uint8Array[]> {
  const people = await generatePeople('elsewhere', GENERATED_PEOPLE)
  const repos = people.map(({ did, key }) => createSignedRepo({ did, key, clock: { now: () => 0, elapsed: () => 0 } }))
  const messages: Uint8Array[] = []
  for (let number = 0; number < GENERATED; number++) {
    const micros = (Date.UTC(2025, 0, 1) + number * 1_000) * 1_000
    const time = new Date(micros / 1_000).toISOString()
    const record = { $type: 'app.bsky.feed.post', text: `${number} `.padEnd(TEXT_LETTERS, 'a word '), createdAt: time }
    const write = { action: 'create', collection: 'app.bsky.feed.post', rkey: tidFrom(micros, 0), record } as const
    const commit = await repos[number % repos.length]!.commit([write], { at: micros })
    messages.push(commitFrame({ seq: FIRST_SEQ + number, time }, commit))
  }
  return messages
}

/** As a file of theirs is read: each behind its length in four bytes, little end first. */
export function lengthPrefixed(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(message.length)
      return [length, message]
    }),
  )
}
