import { tidFrom, type Did } from '@waypost/kernel'
import type { HostEvent, RepoWrite } from '@waypost/load'

let visits = 0

/** A check-in at another place each time. `rkey`: where it must not be the next TID. */
export function visit(fields: object = {}, rkey?: string): RepoWrite {
  const micros = Date.UTC(2026, 0, 1) * 1_000 + ++visits
  const record = {
    $type: 'app.waypost.checkin',
    createdAt: '2026-01-01T00:00:00.000Z',
    place: { name: `Place ${visits}` },
    ...fields,
  }
  return { action: 'create', collection: 'app.waypost.checkin', rkey: rkey ?? tidFrom(micros, 0), record }
}

/** A commit of one such check-in, unless something else is said. */
export function commit(did: Did, more: Partial<HostEvent & { kind: 'commit' }> = {}): HostEvent {
  return { kind: 'commit', did, writes: [visit()], ...more }
}
