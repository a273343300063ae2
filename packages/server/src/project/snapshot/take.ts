import { createHash } from 'node:crypto'
import { createReadStream, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createZstdCompress } from 'node:zlib'
import type { Blobs } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import type { ReadModel } from '#project/read-model.ts'
import { manifestOf, nameOf, partOf, type Manifest, type Part, type SnapshotName } from './manifest.ts'
import type { Work } from './job.ts'
import { onThread } from './thread.ts'

/** Compressed. Whoever loads holds one at a time. */
export const PART_BYTES_MAX = 4 * 1_024 * 1_024

/** Keeps the read model as it is now. Rejects where the disk is full or the engine away; what was begun is then no snapshot. */
export async function takeSnapshot(options: {
  readonly world: World
  readonly readModel: Pick<ReadModel, 'folder' | 'version'>
  readonly blobs: Pick<Blobs, 'put'>
  readonly work?: Work
}): Promise<SnapshotName> {
  const { world, readModel, blobs, work = onThread } = options
  const { folder, version } = readModel
  const fileName = 'snapshot-being-taken.sqlite'
  const file = join(folder, fileName)
  try {
    const { position, digest, anchors } = await work({ kind: 'copy', folder, fileName })
    const name = nameOf({ version, takenAt: world.clock.now(), position })
    const parts: Part[] = []
    for await (const bytes of inParts(createReadStream(file).compose(createZstdCompress()))) {
      await blobs.put(partOf(name, parts.length), bytes)
      parts.push({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    }
    const manifest: Manifest = { format: 2, version, position, digest, bytes: statSync(file).size, parts, anchors }
    await blobs.put(manifestOf(name), Buffer.from(JSON.stringify(manifest)))
    return name
  } finally {
    rmSync(file, { force: true })
  }
}

async function* inParts(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let length = 0
  for await (let chunk of stream) {
    while (length + chunk.length >= PART_BYTES_MAX) {
      const end = PART_BYTES_MAX - length
      yield Buffer.concat([...held, chunk.subarray(0, end)])
      chunk = chunk.subarray(end)
      held = []
      length = 0
    }
    held.push(chunk)
    length += chunk.length
  }
  if (length > 0) yield Buffer.concat(held)
}
