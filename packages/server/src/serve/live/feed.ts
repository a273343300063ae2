import type { World } from '@waypost/kernel'
import type { CommittedBatch } from '#project/projector.ts'
import type { LiveChange, Tail } from './tail.ts'

export interface LiveFeed {
  readonly tail: Tail
  /** Check-ins as anyone sees them, by their ids; what is hidden by now is left out. */
  readonly views: (ids: readonly number[]) => readonly { readonly uri: string }[]
  /** A check-in whose commit is of that age can now be shown. */
  readonly fresh: (ageMs: number) => void
}

/**
 * Tells those who follow live what a batch of the projector changed; its check-ins are looked up once for everyone. An
 * account that went is told in one word, however much went with it.
 */
export function liveListener(world: World, feed: LiveFeed): (batch: CommittedBatch) => void {
  return (batch) => {
    const wentWhole = new Set(batch.departures.map(({ position }) => position))
    const changes = batch.changes.filter((change) =>
      change.kind === 'deletion' ? !wentWhole.has(change.position) : change.isNews,
    )
    const departures = batch.departures.map(({ position: seq, did }): LiveChange => ({ kind: 'account', seq, did }))
    const now = world.clock.now()
    let views: ReadonlyMap<string, object> | undefined
    const viewOf = (uri: string): object | undefined => {
      views ??= new Map(feed.views(idsOf(changes)).map((view) => [view.uri, view]))
      return views.get(uri)
    }
    const told = changes.map((change): LiveChange => {
      const { kind, position: seq, uri } = change
      return kind === 'deletion' ? { kind, seq, uri } : { kind, seq, uri, checkin: () => viewOf(uri) }
    })
    feed.tail.publish([...told, ...departures].toSorted((a, b) => a.seq - b.seq))
    for (const change of changes)
      if (change.kind === 'checkin' && change.commitMs !== undefined) feed.fresh(now - change.commitMs)
  }
}

function idsOf(changes: CommittedBatch['changes']): readonly number[] {
  return [...new Set(changes.flatMap(({ kind, id }) => (kind === 'checkin' ? [id] : [])))]
}
