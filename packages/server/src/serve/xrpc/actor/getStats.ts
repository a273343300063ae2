import type { app } from '@waypost/lexicon'
import { ok } from '@waypost/kernel'
import type { Counted } from '#query/history.ts'
import type { ReadHandler } from '#serve/handler.ts'
import { seenActor } from '#serve/xrpc/feed/page.ts'
import { datetime } from '#view/datetime.ts'
import { maySee } from '#view/visible-to.ts'

type Params = app.waypost.actor.getStats.$Params
type Output = app.waypost.actor.getStats.$OutputBody

export const getStats: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer, now } = context
  const seen = seenActor(context, params.actor)
  if (!seen.ok) return seen
  const author = seen.value
  const sight = queries.sightOf(viewer)
  const { checkins, days, first, last, streak, categories, countries, cities } = queries.stats(author, {
    now,
    maySee: (labels) => maySee(sight, { author, labels }),
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
