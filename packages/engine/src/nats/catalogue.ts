import { assert } from '@waypost/kernel'
import type { Position } from '../port.ts'
import type { Connection } from './connection.ts'
import { readHeaders } from './entry-message.ts'
import { openFeed } from './feed.ts'
import type { KnownEntries, KnownEntry } from './known-entries.ts'
import type { LogSubjects } from './subjects.ts'

const BATCH = 1_000
/** How long a copy may take to hand out what the leader has. */
const LAG_MS_MAX = 2_000
const READINGS_MAX = 3
/** Past this, what others appended between our own entries is read in. */
const AHEAD_MAX = 8_192

/** What is known of the log's entries, kept true against the stream itself. */
export interface Catalogue {
  readonly known: KnownEntries
  /** Reads in what others appended, and finds out what others erased. */
  refresh(): Promise<void>
  /** Runs when nothing is being read in. */
  alone<T>(act: () => Promise<T>): Promise<T>
  /** Takes down an entry of our own; resolves once it will be found. */
  note(entry: KnownEntry): Promise<void>
}

/**
 * In: our own entries as they are acknowledged, and those of others as the stream hands them out, headers alone.
 * Promise: after `refresh`, what is known is exactly what the stream holds; otherwise it throws.
 */
export function openCatalogue(connection: Connection, log: LogSubjects, known: KnownEntries): Catalogue {
  const { manager, ask, nextIn } = connection
  /** Of our own entries, those past one that is somebody else's. */
  const ahead = new Set<Position>()
  let last: Promise<unknown> = Promise.resolve()
  let noted: KnownEntry[] = []
  let noting: Promise<void> | undefined

  function alone<T>(act: () => Promise<T>): Promise<T> {
    const turn = last.then(act, act)
    last = turn.catch(() => undefined)
    return turn
  }

  /** What one turn of the event loop brings is written in one go. */
  async function writeNoted(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    noting = undefined
    const entries = noted
    noted = []
    for (const { position } of entries) ahead.add(position)
    let { through } = known
    while (ahead.delete(through + 1)) through++
    known.add(entries, through)
  }

  async function readIn(to: Position): Promise<void> {
    if (known.through >= to || (await nextIn(log, known.through)) === null) return
    using feed = await openFeed(connection, { stream: log.stream, after: known.through, headersOnly: true })
    let batch: KnownEntry[] = []
    while (feed.taken < to) {
      const message = await feed.next(LAG_MS_MAX)
      if (message === undefined) break
      const { parts, source: _, ...entry } = readHeaders(message.subject, message.headers!)
      batch.push({ ...entry, position: message.seq, firstPart: parts[0] })
      if (batch.length < BATCH && message.info.pending > 0) continue
      known.add(batch, Math.max(message.seq, known.through))
      batch = []
      // Nothing is left of what stood behind it.
      if (message.info.pending === 0) break
    }
    known.add(batch, Math.max(known.through, feed.taken))
  }

  async function refresh(): Promise<void> {
    for (let reading = 0; reading < READINGS_MAX; reading++) {
      const { created, state } = await ask(() => manager.streams.info(log.stream))
      if (known.born !== created || known.through > state.last_seq) known.forget(created)
      await readIn(state.last_seq)
      if (known.countThrough(state.last_seq) === state.messages) {
        known.add([], Math.max(known.through, state.last_seq))
        for (const position of ahead) if (position <= known.through) ahead.delete(position)
        return
      }
      // Somebody else erased something, or has done so right now; or the copy that answered lags.
      if (known.countThrough(state.last_seq) > state.messages || reading > 0) known.forget(created)
    }
    throw new Error(`${log.stream}: its copies differ, or are being written faster than they are read`)
  }

  const refreshing = (): Promise<void> => alone(refresh)
  return {
    known,
    alone,
    refresh: refreshing,
    async note(entry) {
      assert(entry.position > 0, 'an entry stands somewhere')
      noted.push(entry)
      noting ??= writeNoted()
      await noting
      if (ahead.size > AHEAD_MAX) await refreshing()
    },
  }
}
