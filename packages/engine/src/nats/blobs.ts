import { createHash } from 'node:crypto'
import { OwnFault } from '@waypost/kernel'
import { nuid } from '@nats-io/transport-node'
import type { Blobs } from '../port.ts'
import { assertBlobName } from '../shape.ts'
import type { Cells } from './cells.ts'
import type { Parts } from './parts.ts'
import { textOf, type Subjects } from './subjects.ts'

/** What is known of a blob; its bytes lie in parts. */
interface Described {
  /** Names the parts, anew with every put. */
  readonly upload: string
  readonly parts: readonly number[]
  readonly sha256: string
}

/**
 * Blobs in parts, and a cell for each that says which parts. A blob is there once its cell is: thus whole or not at all.
 * What a crash leaves of a blob that was never finished stays in the stream of parts, known to nobody.
 */
export function createNatsBlobs(cells: Cells, parts: Parts, subjects: Subjects): Blobs {
  async function describe(name: string): Promise<{ blob: Described | undefined; revision: number }> {
    const cell = await cells.get(subjects.blob(name))
    if (!cell || cell.isGone) return { blob: undefined, revision: cell?.revision ?? 0 }
    return { blob: JSON.parse(Buffer.from(cell.data).toString()) as Described, revision: cell.revision }
  }

  return {
    async put(name, bytes) {
      assertBlobName(name)
      const upload = nuid.next()
      const made = { upload, parts: await parts.put(subjects.partsOfBlob(upload), bytes), sha256: sha256(bytes) }
      const data = Buffer.from(JSON.stringify(made))
      for (;;) {
        const before = await describe(name)
        const written = await cells.set(subjects.blob(name), data, { expected: before.revision })
        if (written === 'conflict') continue
        if (before.blob) await parts.remove(subjects.partsOfBlob(before.blob.upload))
        return
      }
    },
    async get(name) {
      assertBlobName(name)
      for (let { blob } = await describe(name); blob;) {
        const bytes = await parts.get(blob.parts)
        if (bytes && sha256(bytes) === blob.sha256) return bytes
        const now = await describe(name)
        if (now.blob?.upload === blob.upload) throw new OwnFault(`the blob ${name} is damaged`)
        // It was put again, or deleted, in the middle.
        blob = now.blob
      }
      return undefined
    },
    async delete(name) {
      assertBlobName(name)
      const { blob, revision } = await describe(name)
      if (!blob) return
      await cells.remove(subjects.blob(name), revision)
      await parts.remove(subjects.partsOfBlob(blob.upload))
    },
    async list(prefix) {
      const found = await cells.list(subjects.everyBlob, (subject) => textOf(subject)!.startsWith(prefix))
      return found.map(({ subject }) => textOf(subject)!).toSorted()
    },
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
