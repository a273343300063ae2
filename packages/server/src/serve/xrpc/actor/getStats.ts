import type { app } from '@waypost/lexicon'
import { ok, refuse } from '@waypost/kernel'
import type { Counted } from '#query/history.ts'
import type { ReadHandler } from '#serve/handler.ts'
import { actorNotFound } from '#serve/xrpc/feed/page.ts'
import { datetime } from '#view/datetime.ts'
import { maySee, visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.actor.getStats.$Params
type Output = app.waypost.actor.getStats.$OutputBody

export const getStats: ReadHandler<Params, Output> = (params, { queries, viewer, now }) => {
  const person = queries.actor(params.actor)
  const sight = queries.sightOf(viewer)
  const [seen] = person === undefined ? [] : visibleTo(sight, [person])
  if (seen === undefined) return refuse(actorNotFound())
  const { checkins, days, first, last, streak, categories, countries, cities } = queries.stats(seen, {
    now,
    maySee: (labels) => maySee(sight, { author: seen, labels }),
  })
  return ok({
    checkinCount: checkins,
    dayCount: days,
    ...(first !== undefined && { firstAt: datetime(first) }),
    ...(last !== undefined && { lastAt: datetime(last) }),
    streak: { ...streak },
    categories: categories.map((each) => ({ category: each.what, ...figures(each) })),
    countries: countries.map((each) => ({ country: each.what, ...figures(each) })),
    cities: cities.map((each) => ({ ...each.what, ...figures(each) })),
  })
}

function figures({ checkins, places, first }: Counted<unknown>) {
  return { checkinCount: checkins, placeCount: places, firstAt: datetime(first) }
}
