import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '@waypost/engine'
import { splitAtUri } from '@waypost/kernel'
import type { Outbound } from '#wire/outbound.ts'
import type { IngestEvents } from '#log/ingest-port.ts'
import type { CommittedBatch } from '#project/projector.ts'
import { CHECKIN_COLLECTIONS } from '#project/read-checkin.ts'
import type { Counted } from './guard.ts'

/* What is counted on the way, at no cost that could be measured beside it. */

/** Bytes that were written to the connections of HTTP servers, as the sockets count them themselves. */
export function countEgress(): { readonly follow: (server: Server) => void; readonly bytes: () => number } {
  const open = new Set<Socket>()
  let ofClosed = 0
  return {
    follow(server) {
      server.on('connection', (socket: Socket) => {
        open.add(socket)
        socket.once('close', () => {
          open.delete(socket)
          ofClosed += socket.bytesWritten
        })
      })
    },
    bytes() {
      let sum = ofClosed
      for (const socket of open) sum += socket.bytesWritten
      return sum
    },
  }
}

/** The same door out, with a count of who went through. */
export function countFetches(outbound: Outbound, fetched: () => void): Outbound {
  return {
    ...outbound,
    fetch(url, options) {
      fetched()
      return outbound.fetch(url, options)
    },
    fetchLike(input, init) {
      fetched()
      return outbound.fetchLike(input, init)
    },
  }
}

/** The same log, with a count of the bytes that went into it. */
export function countLogged(log: Log, logged: (bytes: number) => void): Log {
  return {
    append(entries) {
      logged(entries.reduce((sum, { body }) => sum + body.length, 0))
      return log.append(entries)
    },
    read: (after, options) => log.read(after, options),
    head: () => log.head(),
    last: (key) => log.last(key),
    keys: (after, options) => log.keys(after, options),
    cursors: () => log.cursors(),
    erase: (key, options) => log.erase(key, options),
    waitPast: (after, signal) => log.waitPast(after, signal),
  }
}

const CHECKINS: ReadonlySet<string> = new Set(CHECKIN_COLLECTIONS)

/** The same events, with a count of the check-ins that are taken in; of a whole repository all of them. */
export function countTaken<Events extends Pick<IngestEvents, 'logged'>>(events: Events, counted: Counted): Events {
  return {
    ...events,
    logged(event, ...where) {
      events.logged(event, ...where)
      const puts = event.kind === 'commit' ? event.ops : event.kind === 'repo' ? event.records : []
      for (const { action, collection } of puts)
        if (action === 'put' && CHECKINS.has(collection)) counted.checkin(event.did)
    },
  }
}

/** Counts the check-ins of a batch, where another process takes them in. */
export function countShown({ changes }: Pick<CommittedBatch, 'changes'>, counted: Counted): void {
  for (const change of changes)
    if (change.kind === 'checkin' && change.isNews) counted.checkin(splitAtUri(change.uri)!.did)
}
