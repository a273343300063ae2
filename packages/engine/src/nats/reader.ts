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
 * once, and thousands of entries come without a question for each.
 */
export function createReader(connection: Connection, log: LogSubjects, parts: Parts): Reader {
  const { manager, ask, nextIn } = connection
  const feeds: Feed[] = []

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

  async function read(after: Position, limit: number): Promise<readonly Entry[]> {
    const first = await nextIn(log, after)
    if (!first) return []
    const feed = await feedAfter(after)
    const entries = await takeFrom(feed, { begin: first.seq, limit })
    if (entries.length > 0) {
      keep(feed)
      return entries
    }
    // The copy behind the feed lags, or what it handed out is erased.
    feed[Symbol.dispose]()
    const entry = await entryOf(first)
    return entry ? [entry] : read(first.seq, limit)
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
