import type { World } from '@waypost/kernel'
import type { CommittedBatch } from '#project/projector.ts'
import type { LiveChange, Tail } from './tail.ts'

export interface LiveFeed {
  readonly tail: Tail
  /** Check-ins as anyone sees them, by their ids; what is hidden by now is left out. */
  readonly views: (ids: readonly number[]) => readonly { readonly uri: string; readonly sortAt: string }[]
  /** A check-in of that age is now shown. */
  readonly fresh: (ageMs: number) => void
}

/** Tells those who follow live what a batch of the projector changed; each check-in is looked up once for everyone. */
export function liveListener(world: World, feed: LiveFeed): (batch: CommittedBatch) => void {
  return ({ changes }) => {
    const ids = new Set(changes.flatMap(({ kind, id }) => (kind === 'checkin' ? [id] : [])))
    const views = new Map(feed.views([...ids]).map((view) => [view.uri, view]))
    const news = changes.flatMap(({ kind, position, uri }): LiveChange[] => {
      if (kind === 'deletion') return [{ kind, seq: position, uri }]
      const checkin = views.get(uri)
      return checkin ? [{ kind, seq: position, checkin }] : []
    })
    feed.tail.publish(news)
    for (const view of views.values()) feed.fresh(world.clock.now() - Date.parse(view.sortAt))
  }
}
