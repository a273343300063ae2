import { assert, type Did, type World } from '@waypost/kernel'
import type { Log, NewEntry } from '@waypost/engine'
import type { EventBody } from '#verify/event.ts'
import { decodeEvent, encodeEvent } from './event-codec.ts'
import type { EventLog } from './log.ts'

/** Keys of this form hold how far a stream was read; all others are DIDs. */
const STREAM_PREFIX = 'host:'
const DID_PREFIX = 'did:'

const NOTHING = new Uint8Array()

/**
 * The engine's log with our events in it; `log.ts` says what it promises.
 *
 * An entry's id follows from what the event says of itself, so that an event that arrives twice (from two hosts, or
 * after a crash between append and acknowledgement) is in the log once. A source's seq of 0 means that the event did
 * not come by the host's stream (a fetched repository, an identity that we looked up): it moves no cursor.
 */
export function openEventLog(engineLog: Log, world: World): EventLog {
  async function appendCheckpoint(stream: string, seq: number): Promise<void> {
    const key = STREAM_PREFIX + stream
    const [position] = await engineLog.append([
      { key, id: `checkpoint:${seq}`, source: { host: stream, seq }, body: NOTHING },
    ])
    assert(position !== undefined, 'a log answers one position for each entry')
    // Only the newest one says anything; the others would pile up on a quiet network.
    await engineLog.erase(key, { through: position - 1 })
  }

  /** The first numbering of a host is 1. */
  async function numberingOf(host: string): Promise<number> {
    const streams = [...(await engineLog.cursors()).keys()]
    const later = streams.filter((stream) => stream.startsWith(`${host}#`))
    return Math.max(1, ...later.map((stream) => Number(stream.slice(host.length + 1))))
  }

  return {
    async append(events) {
      const receivedAt = world.clock.now()
      return engineLog.append(events.map((event) => entryOf(event, receivedAt)))
    },

    appendCheckpoint,

    async read(after, limit) {
      const entries = await engineLog.read(after, { limit })
      const events = entries.filter(({ key }) => !key.startsWith(STREAM_PREFIX)).map(decodeEvent)
      return { events, through: entries.at(-1)?.position ?? after }
    },

    async repoHead(did) {
      const newest = await engineLog.last(did)
      return newest && decodeEvent(newest).event.head
    },

    async cursor(stream) {
      const seq = (await engineLog.cursors()).get(stream)
      return seq === 0 ? undefined : seq
    },

    readAlong: async () => void (await engineLog.cursors()),

    streamOf: async (host) => streamName(host, await numberingOf(host)),

    async renumber(host) {
      const stream = streamName(host, (await numberingOf(host)) + 1)
      await appendCheckpoint(stream, 0)
      return stream
    },

    async people(after, limit) {
      const keys = await engineLog.keys(after || DID_PREFIX, { limit })
      return keys.filter((key): key is Did => key.startsWith(DID_PREFIX))
    },

    head: () => engineLog.head(),
    waitPast: (after, signal) => engineLog.waitPast(after, signal),
    erase: (did, through) => engineLog.erase(did, { through }),
  }
}

/** A host is called by its origin, in which there is no '#'. */
function streamName(host: string, numbering: number): string {
  return numbering === 1 ? host : `${host}#${numbering}`
}

function entryOf(event: EventBody, receivedAt: number): NewEntry {
  const { did, source } = event
  return { key: did, id: idOf(event, receivedAt), source, body: encodeEvent(event, receivedAt) }
}

function idOf(event: EventBody, receivedAt: number): string {
  switch (event.kind) {
    case 'commit':
    case 'repo':
      return `${event.kind}:${event.rev}`
    case 'identity':
      return `identity:${askedFor(event, receivedAt)}`
    case 'account': {
      // One frame may lead to two findings: an account that is only missing, and, asked again, one that was deleted.
      const { active, status } = event.head
      return `account:${askedFor(event, receivedAt)}:${active ? 'active' : status}`
    }
  }
}

/** What we looked up ourselves has no number of the host's; the time keeps a later answer apart from this one. */
function askedFor({ source: { host, seq } }: EventBody, receivedAt: number): string {
  return seq === 0 ? `${host}:0:${receivedAt}` : `${host}:${seq}`
}
