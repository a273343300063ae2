import { realWorld } from '@waypost/kernel'
import { readRecording } from '../recorded/recording.ts'
import { openReaders } from './readers.ts'
import type { ReadersOrder, ReadersWord } from './readers-process.ts'

/** The process of the readers. It ends when its parent is gone, however it ended. */
const [server = '', recordingFolder = ''] = process.argv.slice(2)
const readers = openReaders(realWorld(), { server, recording: readRecording(recordingFolder) })

process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', (order: ReadersOrder) => {
  if (order.kind === 'stop') return readers.stop()
  carryOut(order).then(tell, (fault: unknown) => tell({ kind: 'failed', message: (fault as Error).message }))
})

async function carryOut(order: Exclude<ReadersOrder, { readonly kind: 'stop' }>): Promise<ReadersWord> {
  switch (order.kind) {
    case 'prepare':
      await readers.prepare(order.cookies)
      return { kind: 'done' }
    case 'follow':
      await readers.follow(order.count)
      return { kind: 'done' }
    case 'read':
      return { kind: 'done', reading: await readers.read(order.run, (tick) => tell({ kind: 'tick', tick })) }
  }
}

function tell(word: ReadersWord): void {
  process.send?.(word)
}
