import { readFileSync } from 'node:fs'
import { realWorld } from '@waypost/kernel'
import { startDocumentDirectory } from '../document-directory.ts'
import { startRecordedHost } from './host.ts'
import type { Order, Word } from './host-process.ts'
import { mixedStream } from './mixed.ts'
import { readRecording } from './recording.ts'

/** The process of a recorded host and of the directory of its people. It ends when its parent is gone, however it ended. */
const [recordingFolder = '', othersFile] = process.argv.slice(2)
const recording = readRecording(recordingFolder)
const stream = othersFile === undefined ? recording : mixedStream(recording, lengthPrefixed(readFileSync(othersFile)))
const host = await startRecordedHost({ world: realWorld(), recording, stream })
const directory = await startDocumentDirectory()
for (const person of recording.people) directory.put({ ...person, pds: host.url })

process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', (order: Order) => {
  if (order.kind === 'play') host.play(order)
  tell({ kind: 'state', readers: host.readers, sent: host.sent, atMs: Date.now() })
})
tell({ kind: 'ready', url: host.url, directoryUrl: directory.url })

function tell(word: Word): void {
  process.send?.(word)
}

/** Messages, each behind its length in four bytes, little end first. */
function lengthPrefixed(bytes: Buffer): readonly Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32LE(at)
    messages.push(bytes.subarray(at + 4, end))
    at = end
  }
  return messages
}
