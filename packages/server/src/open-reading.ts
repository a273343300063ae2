import type { Projector } from '#project/projector.ts'
import type { ReadModel } from '#project/read-model.ts'
import type { Denials } from '#query/checkin.ts'
import type { Directory } from '#query/directory/place-port.ts'
import { openQueries, type Queries } from '#query/queries.ts'
import { createFragments, type Fragments } from '#view/fragments.ts'

/** What answers are made from. */
export interface Reading extends Disposable {
  readonly queries: Queries
  readonly fragments: Fragments
}

/**
 * Query and view over one read model. What they hold in memory follows each batch of the projector's before anything
 * else hears of it, so that nobody is told of what an answer does not show yet.
 */
export function openReading(options: {
  readonly readModel: ReadModel
  readonly projector: Pick<Projector, 'subscribe'>
  readonly directory: Pick<Directory, 'get' | 'inCell' | 'search'>
  readonly denials?: Denials
}): Reading {
  const { readModel, projector, directory, denials } = options
  const queries = openQueries({ readModel, directory, ...(denials && { denials }) })
  const fragments = createFragments(queries)
  const following = projector.subscribe((batch) => {
    queries.follow(batch)
    fragments.follow(batch)
  })
  return {
    queries,
    fragments,
    [Symbol.dispose]() {
      following[Symbol.dispose]()
      queries[Symbol.dispose]()
    },
  }
}
