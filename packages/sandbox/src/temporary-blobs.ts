import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '@waypost/kernel'

/** An upload that no record has referred to by then is left behind for good: the PDS itself never clears it away. */
const TEMPORARY_AGE_MAX_MS = 24 * 60 * 60 * 1_000
const SWEEP_PERIOD_MS = 60 * 60 * 1_000

export interface Sweep {
  readonly files: number
  readonly bytes: number
}

/** Deletes uploads older than a day that never became part of a record. `blobs` is the PDS's blob folder. */
export async function sweepTemporaryBlobs(world: World, blobs: string): Promise<Sweep> {
  const now = world.clock.now()
  let files = 0
  let bytes = 0
  for (const top of await namesIn(blobs)) {
    if (!top.startsWith('tempt')) continue
    for (const account of await namesIn(join(blobs, top))) {
      const folder = join(blobs, top, account)
      for (const name of await namesIn(folder)) {
        const file = join(folder, name)
        // The PDS may move an upload to its place while we look at it.
        const facts = await stat(file).catch(() => undefined)
        if (!facts?.isFile() || now - facts.mtimeMs <= TEMPORARY_AGE_MAX_MS) continue
        await rm(file, { force: true })
        files++
        bytes += facts.size
      }
    }
  }
  return { files, bytes }
}

/** Sweeps now and every hour until disposed; `swept` hears of sweeps that found something, `failed` of the others. */
export function keepSweeping(
  world: World,
  blobs: string,
  hear: { swept(sweep: Sweep): void; failed(error: unknown): void },
): Disposable {
  async function sweep(): Promise<void> {
    try {
      const done = await sweepTemporaryBlobs(world, blobs)
      if (done.files > 0) hear.swept(done)
    } catch (error) {
      hear.failed(error)
    }
  }
  void sweep()
  return world.timers.every(SWEEP_PERIOD_MS, sweep)
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}
