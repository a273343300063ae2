import { OwnFault } from '@waypost/kernel'
import type { StoredMsg } from '@nats-io/jetstream'
import { READ_BYTES_MAX, type Entry, type Position } from '../port.ts'
import type { Connection } from './connection.ts'
import { readHeaders } from './entry-message.ts'
import { openFeed, type Feed } from './feed.ts'
import type { Parts } from './parts.ts'
import type { LogSubjects } from './subjects.ts'

/** After this without the messages that the leader has, a feed is given up for another. */
const LAG_MS_MAX = 250
/** So long after a feed lagged the leader alone is asked: another feed may be served by the same copy. */
const LEADER_ALONE_MS = 1_000
/** So many entries of it at once. */
const ASKED_AT_ONCE = 256
/** Readers that go on where they stopped, each with a feed of its own. */
const FEEDS_MAX = 4

type Message = Pick<StoredMsg, 'seq' | 'subject' | 'header' | 'data'>

/** Entries out of the stream, from any position on. */
export interface Reader {
  read(after: Position, limit: number): Promise<readonly Entry[]>
  /** The entry of a message; undefined where it was erased in the meantime. */
  entryOf(message: Message): Promise<Entry | undefined>
  /** Whether the entry at a position has not been erased, as the leader says. */
  isThere(position: Position): Promise<boolean>
  /** Lets go of what was fetched before anybody asked for it. */
  letGo(): void
}

/**
 * The leader says whether there is more; a feed, which any copy may serve, brings it. Thus what was appended is read at
 * once, and thousands of entries come without a question for each, but for those that the copy does not have yet.
 */
export function createReader(connection: Connection, log: LogSubjects, parts: Parts): Reader {
  const { world, manager, ask, nextIn } = connection
  const feeds: Feed[] = []
  let leaderAloneUntil = -Infinity

  async function isThere(position: Position): Promise<boolean> {
    return (await ask(() => manager.streams.getMessage(log.stream, { seq: position }))) !== null
  }

  async function entryOf({ seq, subject, header, data }: Message): Promise<Entry | undefined> {
    const { parts: sequences, cursor: _, ...about } = readHeaders(subject, header)
    const body = sequences.length > 0 ? await parts.get(sequences) : new Uint8Array(data)
    if (body) return { position: seq, ...about, body }
    if (await isThere(seq)) throw new OwnFault(`entry ${seq} of ${log.stream} lacks a part of its body`)
    return undefined
  }

  async function feedAfter(after: Position): Promise<Feed> {
    const at = feeds.findIndex((feed) => feed.taken === after)
    if (at >= 0) return feeds.splice(at, 1)[0]!
    return openFeed(connection, { stream: log.stream, after, headersOnly: false })
  }

  function keep(feed: Feed): void {
    feeds.push(feed)
    if (feeds.length > FEEDS_MAX) feeds.shift()![Symbol.dispose]()
  }

  /** What a feed brings, if it begins with the message of that sequence. */
  async function takeFrom(feed: Feed, { begin, limit }: { begin: Position; limit: number }): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    for (let bytes = 0; entries.length < limit && bytes <= READ_BYTES_MAX;) {
      const message = await feed.next(LAG_MS_MAX)
      if (message === undefined || (entries.length === 0 && message.seq !== begin)) break
      const { seq, subject, headers, data, info } = message
      const entry = await entryOf({ seq, subject, header: headers!, data })
      if (entry) entries.push(entry)
      bytes += entry?.body.byteLength ?? 0
      if (info.pending === 0) break
    }
    return entries
  }

  /** The same from the leader, which is asked for each. */
  async function takeFromLeader(first: StoredMsg, limit: number): Promise<readonly Entry[]> {
    const { last_seq: last } = (await ask(() => manager.streams.info(log.stream))).state
    const count = Math.min(limit, ASKED_AT_ONCE, last - first.seq + 1)
    const nexts = await Promise.all(Array.from({ length: count - 1 }, (_, nth) => nextIn(log, first.seq + nth)))
    const entries: Entry[] = []
    let bytes = 0
    // Each answer says what follows one message: a chain of them leaves nothing out, also where the leader changed.
    for (let at: StoredMsg | null | undefined = first; at && bytes <= READ_BYTES_MAX; at = nexts[at.seq - first.seq]) {
      const entry = await entryOf(at)
      if (entry) entries.push(entry)
      bytes += entry?.body.byteLength ?? 0
    }
    return entries
  }

  async function read(after: Position, limit: number): Promise<readonly Entry[]> {
    const first = await nextIn(log, after)
    if (!first) return []
    if (world.clock.elapsed() >= leaderAloneUntil) {
      const feed = await feedAfter(after)
      const entries = await takeFrom(feed, { begin: first.seq, limit })
      if (entries.length > 0) {
        keep(feed)
        return entries
      }
      // The copy behind the feed lags, or what it handed out is erased.
      feed[Symbol.dispose]()
      leaderAloneUntil = world.clock.elapsed() + LEADER_ALONE_MS
    }
    const entries = await takeFromLeader(first, limit)
    return entries.length > 0 ? entries : read(first.seq, limit)
  }

  return {
    read,
    entryOf,
    isThere,
    letGo() {
      for (const feed of feeds.splice(0)) feed[Symbol.dispose]()
    },
  }
}
