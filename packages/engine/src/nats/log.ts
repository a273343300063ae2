import { assert } from '@waypost/kernel'
import type { Log, NewEntry, Position } from '../port.ts'
import { assertEntry, assertLimit, assertName, assertPosition } from '../shape.ts'
import { createWaiters } from '../waiters.ts'
import type { Catalogue } from './catalogue.ts'
import type { Connection } from './connection.ts'
import { createCursors } from './cursors.ts'
import type { Cells } from './cells.ts'
import { headersOf } from './entry-message.ts'
import { createFrontiers } from './frontiers.ts'
import { PART_BYTES_MAX, type Parts } from './parts.ts'
import { createReader } from './reader.ts'
import type { LogSubjects } from './subjects.ts'
import { createTurns } from './turns.ts'

/** How often those who wait look at the log themselves, in case that nobody told them. */
const LOOK_PERIOD_MS = 1_000
/** So long after the last entry of a host it is written down how far that one was read, if no entry says it. */
const KEEP_PERIOD_MS = 1_000
/** Another writer of the same key got in between: so often before the call fails. */
const CONFLICTS_MAX = 20
const CONFLICT_DELAY_MS = 50

const NOTHING = new Uint8Array()

export interface NatsLog extends Log {
  /** Waits for the appends under way, then lets go of everything. */
  close(): Promise<void>
}

/**
 * The log as one stream: a message for each entry, whose sequence is its position.
 *
 * Each message says which message of its key it follows, and the stream takes it only there. Hence one message of a key
 * is on its way at a time, a message that was sent twice is stored once, and two writers of one key cannot both be
 * right. Whoever was not has the catalogue refreshed, finds the entry there, or follows the newest.
 */
export function openNatsLog(
  connection: Connection,
  subjects: LogSubjects,
  { catalogue, cells, parts }: { catalogue: Catalogue; cells: Cells; parts: Parts },
): NatsLog {
  const { world, nats, manager, publish, ask } = connection
  const { known } = catalogue
  const frontiers = createFrontiers()
  const cursors = createCursors(subjects, { cells, known, frontiers })
  const waiters = createWaiters()
  const turns = createTurns()
  const reader = createReader(connection, subjects, parts)
  let starting: Promise<void> | undefined
  let told = 0
  let telling = false
  let waiting = 0
  let open = true

  const heads = nats.subscribe(subjects.head, {
    callback: (fault, message) => void (fault ?? waiters.wake(Number(message.string()))),
  })

  const looking = world.timers.every(LOOK_PERIOD_MS, async () => {
    if (waiting > 0) waiters.wake(await head().catch(() => 0))
  })
  // Where the servers are away, the next time is as good.
  const keeping = world.timers.every(KEEP_PERIOD_MS, () => cursors.keepUntold({ all: false }).catch(() => undefined))

  function start(): Promise<void> {
    starting ??= catalogue.refresh().catch((fault: unknown) => {
      starting = undefined
      throw fault
    })
    return starting
  }

  /** Tells those who wait, here and elsewhere, once in each turn of the event loop. */
  function tell(head: Position): void {
    told = Math.max(told, head)
    if (telling) return
    telling = true
    setImmediate(() => {
      telling = false
      waiters.wake(told)
      if (!nats.isClosed()) nats.publish(subjects.head, String(told))
    })
  }

  async function appendOne(entry: NewEntry): Promise<Position> {
    const { key, id, source, body } = entry
    const subject = subjects.entriesOf(key)
    for (let conflicts = 0; ; conflicts++) {
      const { position: earlier, newest: expected } = known.find(key, id)
      if (earlier !== undefined && (await reader.isThere(earlier))) {
        frontiers.stored(entry)
        return earlier
      }
      if (earlier === undefined) {
        // Sent anew after a conflict: no part of an entry is older than the entry before it.
        const stored = body.length > PART_BYTES_MAX ? await parts.put(subjects.partsOf(key), body) : []
        const data = stored.length > 0 ? NOTHING : body
        const cursor = source && { host: source.host, seq: frontiers.sayableBy(source) }
        const headers = headersOf(entry, { subject, parts: stored, cursor })
        const position = await publish({ subject, data, headers, expected })
        if (position !== 'conflict') {
          await catalogue.note({ key, id, ...(cursor && { cursor }), position, firstPart: stored[0] })
          frontiers.stored(entry, cursor?.seq)
          tell(position)
          return position
        }
      }
      if (conflicts === CONFLICTS_MAX) throw new Error('others append to the same key all the time')
      if (conflicts > 0) await world.timers.sleep(CONFLICT_DELAY_MS * conflicts)
      await catalogue.refresh()
    }
  }

  /** In order; what follows an entry that could not be appended is not appended either. */
  async function appendInOrder(entries: readonly NewEntry[]): Promise<readonly Position[]> {
    const positions: Position[] = []
    try {
      await start()
      for (const entry of entries) positions.push(await appendOne(entry))
      return positions
    } finally {
      for (const entry of entries.slice(positions.length)) frontiers.failed(entry)
    }
  }

  async function head(): Promise<Position> {
    return (await ask(() => manager.streams.info(subjects.stream))).state.last_seq
  }

  async function erase(key: string, through: Position): Promise<number> {
    await catalogue.refresh()
    return catalogue.alone(async () => {
      await cursors.keep(known.cursorsOnlyOf(key, through))
      await ask(() => manager.streams.purge(subjects.stream, { filter: subjects.entriesOf(key), seq: through + 1 }))
      // Also where nothing is known of them: somebody may have come no further than the entries.
      await parts.remove(subjects.partsOf(key), known.firstPartPast(key, through))
      // They may hold what is gone now.
      reader.letGo()
      return known.erase(key, through)
    })
  }

  return {
    async append(entries) {
      assert(open, 'nobody appends to a log that is closed')
      for (const entry of entries) assertEntry(entry)
      for (const entry of entries) frontiers.begin(entry)
      const byKey = Map.groupBy(entries.keys(), (at) => entries[at]!.key)
      const positions: Position[] = []
      const calls = [...byKey].map(([key, places]) =>
        turns.take(key, async () => {
          const found = await appendInOrder(places.map((at) => entries[at]!))
          for (const [index, at] of places.entries()) positions[at] = found[index]!
        }),
      )
      const failed = (await Promise.allSettled(calls)).find((call) => call.status === 'rejected')
      if (failed) throw failed.reason
      return positions
    },
    async read(after, { limit }) {
      assertPosition(after, 'where to read from')
      assertLimit(limit)
      return reader.read(after, limit)
    },
    head,
    async last(key) {
      const found = await ask(() =>
        manager.streams.getMessage(subjects.stream, { last_by_subj: subjects.entriesOf(key) }),
      )
      return found ? reader.entryOf(found) : undefined
    },
    async keys(after, { limit }) {
      assertLimit(limit)
      await catalogue.refresh()
      return known.keys(after, limit)
    },
    async cursors() {
      await catalogue.refresh()
      return cursors.all()
    },
    async erase(key, { through }) {
      assertName(key, "an entry's key")
      assertPosition(through, 'how far to erase')
      return turns.take(key, () => erase(key, through))
    },
    async waitPast(after, signal) {
      const enough = new AbortController()
      waiting++
      try {
        const waited = waiters.wait(after, AbortSignal.any([signal, enough.signal]))
        // Whoever is told in the meantime is told already; where the servers are away, the next look is as good.
        if (open && (await head().catch(() => 0)) > after) enough.abort()
        await waited
      } finally {
        waiting--
      }
    },
    async close() {
      open = false
      looking[Symbol.dispose]()
      keeping[Symbol.dispose]()
      await turns.over()
      // What is not written down is only read again.
      await cursors.keepUntold({ all: true }).catch(() => undefined)
      heads.unsubscribe()
      reader.letGo()
      waiters.wake(Infinity)
    },
  }
}
