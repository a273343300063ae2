import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '@waypost/kernel'
import { lockFolder } from '../embedded/lock.ts'
import type { Engine, Log } from '../port.ts'
import { createNatsBlobs } from './blobs.ts'
import { openCatalogue } from './catalogue.ts'
import { createCells } from './cells.ts'
import { openConnection } from './connection.ts'
import { createNatsKeyValue } from './key-value.ts'
import { openKnownEntries } from './known-entries.ts'
import { openNatsLog } from './log.ts'
import { createParts } from './parts.ts'
import { assertSafe } from './safety.ts'
import { ensureStreams } from './streams.ts'
import type { LogSubjects } from './subjects.ts'

export interface NatsOptions {
  readonly world: World
  /** Holds what is known of the log's entries, for this process alone; can be thrown away. Made where it is absent. */
  readonly folder: string
  /** `nats://` or `tls://` URLs of all servers of one cluster; a name and password in the first one are for all. */
  readonly servers: readonly string[]
  /** Where each server's monitoring is (`http://…:8222`). */
  readonly monitors: readonly string[]
  /** Tells one Waypost from another on the same servers. */
  readonly space?: string
}

const SPACE_DEFAULT = 'waypost'

/** What is known of the log's entries, under the folder. */
export const CATALOGUE_FILE = 'known-entries.sqlite'
const PRIVATE_CATALOGUE_FILE = 'known-private-entries.sqlite'

/**
 * The engine of many machines: streams of NATS JetStream, with three copies where there are three servers.
 * Throws an `Error` where the servers are away, or where they would lose what they acknowledged.
 */
export async function openNatsEngine(options: NatsOptions): Promise<Engine> {
  const { world, folder, servers, monitors, space = SPACE_DEFAULT } = options
  const { replicas } = await assertSafe(world, monitors)
  await using opening = new AsyncDisposableStack()
  await mkdir(folder, { recursive: true })
  opening.use(lockFolder(folder, join(folder, 'lock.sqlite')))
  const connection = await openConnection({ world, servers, space })
  opening.defer(() => connection.close())
  await ensureStreams(connection, replicas)
  const { subjects } = connection
  const cells = createCells(connection, subjects.state)
  // A key that was erased is to be on no disk.
  const ledgerCells = createCells(connection, { ...subjects.ledger, overwritesRemoved: true })
  const parts = createParts(connection)
  const openLog = (of: LogSubjects, file: string): Log => {
    const known = openKnownEntries(join(folder, file))
    opening.defer(() => known.close())
    const log = openNatsLog(connection, of, { catalogue: openCatalogue(connection, of, known), cells, parts })
    opening.defer(() => log.close())
    return log
  }
  const log = openLog(subjects.log, CATALOGUE_FILE)
  const privateLog = openLog(subjects.privateLog, PRIVATE_CATALOGUE_FILE)
  const held = opening.move()
  return {
    log,
    privateLog,
    keyValue: createNatsKeyValue(world, cells, subjects.state),
    ledger: createNatsKeyValue(world, ledgerCells, subjects.ledger),
    blobs: createNatsBlobs(cells, parts, subjects),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
