import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '@waypost/kernel'
import type { Engine } from '../port.ts'
import { flushFolder, openEmbeddedBlobs } from './blobs.ts'
import { openEmbeddedKeyValue } from './key-value.ts'
import { lockFolder } from './lock.ts'
import { openEmbeddedLog } from './log.ts'

/** The log, under the folder. */
export const LOG_FILE = 'log.sqlite'

export interface EmbeddedOptions {
  /** Holds all of the engine's files; made where it is absent. */
  readonly folder: string
  readonly world: World
  /**
   * Opens beside a running server, takes no lock and changes nothing; every write is then our own fault. The log
   * notices what the server appends by looking, five times a second.
   */
  readonly readOnly?: boolean
}

/**
 * The engine of one machine: four SQLite files and a folder. One process at a time writes.
 * Throws an `Error` where another process holds the folder or a file has another format, an `OwnFault` where a file is
 * damaged.
 */
export async function openEmbeddedEngine({ folder, world, readOnly = false }: EmbeddedOptions): Promise<Engine> {
  using opening = new DisposableStack()
  if (!readOnly) {
    await mkdir(folder, { recursive: true })
    opening.use(lockFolder(folder, join(folder, 'lock.sqlite')))
  }
  const openKeyValue = (name: string, overwritesDeleted: boolean) => {
    const keyValue = openEmbeddedKeyValue({ file: join(folder, name), world, readOnly, overwritesDeleted })
    opening.defer(() => keyValue.close())
    return keyValue
  }
  const keyValue = openKeyValue('state.sqlite', false)
  const ledger = openKeyValue('ledger.sqlite', true)
  const blobs = await openEmbeddedBlobs({
    folder: join(folder, 'blobs'),
    unfinished: join(folder, 'unfinished'),
    readOnly,
  })
  const log = openEmbeddedLog({ file: join(folder, LOG_FILE), world, readOnly })
  const privateLog = openEmbeddedLog({ file: join(folder, 'private-log.sqlite'), world, readOnly })
  if (!readOnly) await flushFolder(folder)
  const held = opening.move()
  return {
    log,
    privateLog,
    keyValue,
    ledger,
    blobs,
    async [Symbol.asyncDispose]() {
      if (held.disposed) return
      await Promise.all([log.close(), privateLog.close()])
      held.dispose()
    },
  }
}
