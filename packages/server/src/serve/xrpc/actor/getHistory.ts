import type { app } from '@waypost/lexicon'
import { ok } from '@waypost/kernel'
import { DAY_MS } from '#project/local-day.ts'
import type { ReadHandler } from '#serve/handler.ts'
import { seenActor } from '#serve/xrpc/feed/page.ts'
import { maySee } from '#view/visible-to.ts'

type Params = app.waypost.actor.getHistory.$Params
type Output = app.waypost.actor.getHistory.$OutputBody

export const getHistory: ReadHandler<Params, Output> = (params, context) => {
  const { queries, viewer } = context
  const seen = seenActor(context, params.actor)
  if (!seen.ok) return seen
  const author = seen.value
  const sight = queries.sightOf(viewer)
  const { years, days, points } = queries.history(author, {
    year: params.year,
    maySee: (labels) => maySee(sight, { author, labels }),
  })
  return ok({
    years: years.map(({ year, checkins }) => ({ year, checkinCount: checkins })),
    days: days.map(({ day, checkins }) => ({
      day: new Date(day * DAY_MS).toISOString().slice(0, 10),
      checkinCount: checkins,
    })),
    points: points.map(({ lat, lon, checkins }) => ({
      latitude: String(lat),
      longitude: String(lon),
      checkinCount: checkins,
    })),
  })
}
