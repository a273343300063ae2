import { assert, type World } from '@waypost/kernel'
import type { Log, NewEntry } from '@waypost/engine'
import type { EventBody } from '#verify/event.ts'
import { decodeEvent, encodeEvent } from './event-codec.ts'
import type { EventLog } from './log.ts'

/** Keys of this form hold how far a host was read; all others are DIDs. */
const HOST_PREFIX = 'host:'

const NOTHING = new Uint8Array()

/**
 * The engine's log with our events in it; `log.ts` says what it promises.
 *
 * An entry's id follows from what the event says of itself, so that an event that arrives twice (from two hosts, or
 * after a crash between append and acknowledgement) is in the log once. A source's seq of 0 means that the event did
 * not come by the host's stream (a fetched repository, an identity that we looked up): it moves no cursor.
 */
export function openEventLog(engineLog: Log, world: World): EventLog {
  return {
    async append(events) {
      const receivedAt = world.clock.now()
      return engineLog.append(events.map((event) => entryOf(event, receivedAt)))
    },

    async appendCheckpoint(host, seq) {
      const key = HOST_PREFIX + host
      const [position] = await engineLog.append([
        { key, id: `checkpoint:${seq}`, source: { host, seq }, body: NOTHING },
      ])
      assert(position !== undefined, 'a log answers one position for each entry')
      // Only the newest one says anything; the others would pile up on a quiet network.
      await engineLog.erase(key, { through: position - 1 })
    },

    async read(after, limit) {
      const entries = await engineLog.read(after, { limit })
      const events = entries.filter(({ key }) => !key.startsWith(HOST_PREFIX)).map(decodeEvent)
      return { events, through: entries.at(-1)?.position ?? after }
    },

    async repoHead(did) {
      const newest = await engineLog.last(did)
      return newest && decodeEvent(newest).event.head
    },

    async cursor(host) {
      const seq = (await engineLog.cursors()).get(host)
      return seq === 0 ? undefined : seq
    },

    head: () => engineLog.head(),
    waitPast: (after, signal) => engineLog.waitPast(after, signal),
    erase: (did, through) => engineLog.erase(did, { through }),
  }
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
    case 'account': {
      const { host, seq } = event.source
      // What we looked up ourselves has no number of the host's; the time keeps a later answer apart from this one.
      return seq === 0 ? `${event.kind}:${host}:0:${receivedAt}` : `${event.kind}:${host}:${seq}`
    }
  }
}
