import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { ReadHandler } from '#serve/handler.ts'
import { authRequired } from '#serve/writing.ts'
import { datetime } from '#view/datetime.ts'
import { profileViewBasic } from '#view/profile.ts'
import { visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.game.getLeaderboard.$Params
type Output = app.waypost.game.getLeaderboard.$OutputBody

export const getLeaderboard: ReadHandler<Params, Output> = (_params, { queries, viewer, now }) => {
  if (viewer === undefined) return refuse(authRequired())
  const person = queries.personByDid(viewer)
  const { start, end, standings } = person ? queries.leaderboard(person, now) : { start: now, end: now, standings: [] }
  const seen = visibleTo(queries.sightOf(viewer), standings)
  return ok({
    start: datetime(start),
    end: datetime(end),
    standings: seen.map(({ author, points, checkins, by }) => ({
      actor: profileViewBasic(author),
      rank: 1 + seen.findIndex((other) => other.points === points),
      points,
      checkins,
      by: by.map((each) => ({ ...each })),
    })),
  })
}
