import type { Did } from '@waypost/kernel'
import { given, didOf, type Step } from '#project/given.ts'
import type { EventBody } from '#verify/event.ts'
import { EMPTY_DIRECTORY } from '#query/directory/place-port.ts'
import { openQueries } from '#query/queries.ts'
import { ownRecords } from '#serve/own-records.ts'
import { getHereNow } from '#serve/xrpc/presence/getHereNow.ts'
import { createFragments } from '#view/fragments.ts'
import { createHereNow, type HereNow } from './here-now.ts'
import { createPresences, type PresenceMap } from './presences.ts'

/** For tests: a story whose people say where they are, and what a viewer is shown. `clock` is the test's to move. */
export interface HereNowServer extends Disposable {
  readonly hereNow: HereNow
  /** Tells more of the story, in one batch. */
  tell(events: readonly EventBody[]): void
  /** Says by a check-in that its author is there. */
  enter(who: string, uri: string): ReturnType<HereNow['enter']> | undefined
  /** Undefined where nobody knows the place. */
  at(place: string, viewer: string | undefined): Shown | undefined
}

type Answer = ReturnType<ReturnType<typeof getHereNow>>
type Shown = Extract<Answer, { readonly ok: true }>['value']

/** `told` hears what another server of the same story is to join. */
export function serveHereNow(
  clock: { readonly now: number; readonly writer?: string; readonly told?: (delta: PresenceMap) => void },
  ...steps: readonly Step[]
): HereNowServer {
  const story = given(...steps)
  const queries = openQueries({ readModel: story.readModel, directory: EMPTY_DIRECTORY })
  const fragments = createFragments(queries)
  const presences = createPresences({ writer: clock.writer ?? 'a', ...(clock.told && { told: clock.told }) })
  const world = { clock: { now: () => clock.now, elapsed: () => clock.now } }
  const hereNow = createHereNow(world, { presences, queries })
  const own = ownRecords(queries)
  const ask = getHereNow(presences)
  return {
    hereNow,
    tell(events) {
      story.and(events)
      queries.follow(story.last)
      hereNow.follow(story.last)
    },
    enter(who, uri) {
      const told = own.checkin(didOf(who), uri)
      return told && hereNow.enter(didOf(who), told)
    },
    at(place, viewer) {
      const who: Did | undefined = viewer === undefined ? undefined : didOf(viewer)
      const answer = ask({ place }, { queries, fragments, now: clock.now, viewer: who, signedIn: undefined })
      return answer.ok ? answer.value : undefined
    },
    [Symbol.dispose]() {
      queries[Symbol.dispose]()
      story[Symbol.dispose]()
    },
  }
}
