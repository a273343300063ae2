import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Position } from '@waypost/engine'
import type { Anchor } from '#log/anchors.ts'
import { digest } from '#project/digest.ts'
import { openReadModel } from '#project/read-model.ts'

/** What a file holds. */
export interface Found {
  readonly position: Position
  readonly digest: string
  readonly anchors: readonly Anchor[]
}

export type Job =
  /** A copy of the read model of `folder`, as it is at one moment, into another file of it. */
  | { readonly kind: 'copy'; readonly folder: string; readonly fileName: string }
  | { readonly kind: 'inspect'; readonly folder: string; readonly fileName: string }

/** Said once what is looked at stays as it is, whatever others write. */
export const BEGUN = 'begun'

/** Where a job is done: on a thread, unless somebody wants it here and now. */
export type Work = (job: Job) => Promise<Found>

/** Copies a read model where that is asked, and says what is in the file. Throws where there is no room, or no such file. */
export function carryOut(job: Job, begun: () => void = () => {}): Found {
  if (job.kind === 'copy') copy(job)
  const { folder, fileName } = job
  using readModel = openReadModel({ folder, fileName, readOnly: true })
  return readModel.db.transaction(() => {
    const position = readModel.position()
    begun()
    return { position, digest: digest(readModel).overall, anchors: readModel.anchors() }
  })()
}

function copy({ folder, fileName }: Job): void {
  rmSync(join(folder, fileName), { force: true })
  using readModel = openReadModel({ folder, readOnly: true })
  // All of it as of one moment, while the projector goes on. Ids stay: each table has its key, or its own order.
  readModel.db.prepare('vacuum into ?').run(join(folder, fileName))
}
