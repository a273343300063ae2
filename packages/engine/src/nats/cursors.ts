import type { Cells } from './cells.ts'
import type { Frontiers, HostCursor } from './frontiers.ts'
import type { KnownEntries } from './known-entries.ts'
import { someAtOnce } from './parts.ts'
import type { LogSubjects } from './subjects.ts'

/**
 * How far hosts were read: what the entries say, and what is kept beside them. A cursor never stands past an entry that
 * was handed over and is not in the log.
 */
export interface Cursors {
  all(): Promise<ReadonlyMap<string, number>>
  /** Writes down what no entry says: of hosts that are quiet by now, or of all. */
  keepUntold(options: { readonly all: boolean }): Promise<void>
  /** The entries that say so are about to go. */
  keep(cursors: readonly HostCursor[]): Promise<void>
}

export function createCursors(
  subjects: LogSubjects,
  { cells, known, frontiers }: { cells: Cells; known: KnownEntries; frontiers: Frontiers },
): Cursors {
  /** Never back: only where what is kept is less. */
  async function keepOne({ host, seq }: HostCursor): Promise<void> {
    for (;;) {
      const cell = await cells.get(subjects.cursor(host))
      if (cell && read(cell.data).seq >= seq) return
      const data = Buffer.from(JSON.stringify({ host, seq }))
      if ((await cells.set(subjects.cursor(host), data, { expected: cell?.revision ?? 0 })) !== 'conflict') return
    }
  }

  return {
    async all() {
      const kept = await cells.list(subjects.everyCursor)
      const found = [...known.cursors(), ...kept.map((cell) => read(cell.data)), ...frontiers.all()]
      const furthest = new Map<string, number>()
      for (const { host, seq } of found) furthest.set(host, Math.max(seq, furthest.get(host) ?? 0))
      return furthest
    },
    async keepUntold(options) {
      await someAtOnce(frontiers.untold(options), async (cursor) => {
        if ((known.cursorOf(cursor.host) ?? -1) < cursor.seq) await keepOne(cursor)
        frontiers.told(cursor)
      })
    },
    async keep(cursors) {
      await someAtOnce(cursors, keepOne)
    },
  }
}

function read(data: Uint8Array): HostCursor {
  return JSON.parse(Buffer.from(data).toString()) as HostCursor
}
