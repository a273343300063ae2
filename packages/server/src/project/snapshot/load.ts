import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import type { Blobs } from '@waypost/engine'
import { ok, refuse, type Result } from '@waypost/kernel'
import { matchLog } from '#log/anchors.ts'
import type { EventLog } from '#log/log.ts'
import { fileNameOf, readModelVersion } from '#project/read-model.ts'
import {
  FOLDER,
  getBlob,
  nameOf,
  partOf,
  readManifest,
  snapshotsAmong,
  type Manifest,
  type SnapshotName,
  type SnapshotRefusal,
} from './manifest.ts'
import type { Work } from './job.ts'
import { onThread } from './thread.ts'
import { removeDatabase } from '#project/remove-database.ts'

export interface LoadOptions {
  readonly folder: string
  readonly blobs: Blobs
  readonly eventLog: Pick<EventLog, 'read' | 'head'>
  readonly refused: (reason: SnapshotRefusal, name: SnapshotName) => void
  readonly work?: Work
}

/**
 * Where the folder has no read model of this version, puts the newest snapshot there that is what it says, of this log.
 * Undefined: nothing was put there; the log has it all. In: blobs, which may be damaged or of anything. Promise: the file
 * has the digest that was taken of it, or it is not there.
 */
export async function loadSnapshot(options: LoadOptions): Promise<SnapshotName | undefined> {
  const { folder, blobs, refused } = options
  const version = readModelVersion()
  const path = join(folder, fileNameOf(version))
  if (existsSync(path)) return undefined
  mkdirSync(folder, { recursive: true })
  for (const { isWhole, ...found } of snapshotsAmong(await blobs.list(`${FOLDER}${version}/`))) {
    if (!isWhole) continue
    const name = nameOf(found)
    const fileName = 'snapshot-being-loaded.sqlite'
    const draft = join(folder, fileName)
    removeDatabase(draft)
    const loaded = await loadOne(options, { name, draft, fileName })
    if (loaded.ok) {
      renameSync(draft, path)
      return name
    }
    removeDatabase(draft)
    refused(loaded.error, name)
  }
  return undefined
}

/**
 * The newest snapshot that is what it says, of any version and of whichever log, as a file: for whoever wants to know whom
 * it knew. False: there is none.
 */
export async function unpackNewest({
  blobs,
  file,
}: {
  readonly blobs: Blobs
  readonly file: string
}): Promise<boolean> {
  for (const { isWhole, ...found } of snapshotsAmong(await blobs.list(FOLDER))) {
    if (!isWhole) continue
    const name = nameOf(found)
    const manifest = await readManifest(blobs, name)
    if (manifest.ok && (await write(blobs, { name, manifest: manifest.value, draft: file })).ok) return true
  }
  return false
}

async function loadOne(
  { folder, blobs, eventLog, work = onThread }: LoadOptions,
  { name, draft, fileName }: { readonly name: SnapshotName; readonly draft: string; readonly fileName: string },
): Promise<Result<undefined, SnapshotRefusal>> {
  const manifest = await readManifest(blobs, name)
  if (!manifest.ok) return manifest
  const { position, digest, bytes } = manifest.value
  const match = await matchLog(eventLog, manifest.value)
  if (match !== 'same') return refuse(match)
  const written = await write(blobs, { name, manifest: manifest.value, draft })
  if (!written.ok) return written
  if (statSync(draft).size !== bytes) return refuse('part-damaged')
  const found = await work({ kind: 'inspect', folder, fileName }).catch(() => undefined)
  if (found === undefined) return refuse('not-a-read-model')
  if (found.position !== position) return refuse('other-position')
  return found.digest === digest ? ok(undefined) : refuse('other-digest')
}

/** Thrown inside the pipe, and caught beside it. */
class Refused extends Error {
  readonly reason: SnapshotRefusal
  constructor(reason: SnapshotRefusal) {
    super(reason)
    this.reason = reason
  }
}

/** The file out of its parts, one after another, each looked at before anything is made of it. */
async function write(
  blobs: Blobs,
  { name, manifest, draft }: { readonly name: SnapshotName; readonly manifest: Manifest; readonly draft: string },
): Promise<Result<undefined, SnapshotRefusal>> {
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (const [at, { sha256 }] of manifest.parts.entries()) {
      const part = await getBlob(blobs, partOf(name, at))
      if (!part.ok) throw new Refused(part.error)
      if (createHash('sha256').update(part.value).digest('hex') !== sha256) throw new Refused('part-damaged')
      yield part.value
    }
  }
  async function* noLongerThanSaid(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let length = 0
    for await (const chunk of stream) {
      length += chunk.length
      if (length > manifest.bytes) throw new Refused('part-damaged')
      yield chunk
    }
  }
  try {
    await pipeline(Readable.from(parts()), createZstdDecompress(), noLongerThanSaid, createWriteStream(draft))
  } catch (fault) {
    if (fault instanceof Refused) return refuse(fault.reason)
    if (String((fault as NodeJS.ErrnoException).code).startsWith('ZSTD')) return refuse('part-damaged')
    throw fault
  }
  await using file = await open(draft, 'r+')
  await file.sync()
  return ok(undefined)
}
