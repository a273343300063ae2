import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import type { XrpcFault } from '#serve/handler.ts'
import { createCrowds } from '#serve/presence/crowds.ts'
import { PRESENT_MS, type Presences, type Present } from '#serve/presence/presences.ts'
import { rowsOf } from '#serve/presence/rows.ts'
import { placeNotFound } from '#serve/xrpc/feed/page.ts'
import type { QueryContext } from '#serve/xrpc/method.ts'
import { datetime } from '#view/datetime.ts'
import { personHere } from '#view/presence.ts'
import { maySee, visibleTo } from '#view/visible-to.ts'

type Params = app.waypost.presence.getHereNow.$Params
type Output = app.waypost.presence.getHereNow.$OutputBody

/** The latest of a person's friends; nobody has more of them at one place. */
const PEOPLE_SHOWN_MAX = 50

export function getHereNow(presences: Presences) {
  const crowds = createCrowds(presences)
  return (params: Params, context: QueryContext): Result<Output, XrpcFault> => {
    const { queries, viewer, now } = context
    const places = queries.place(params.place)?.ids
    if (places === undefined) return refuse(placeNotFound())
    const present = viewer === undefined ? [] : presences.at(places, now)
    const own = present.find(({ did }) => did === viewer)
    const atLeast = crowds.of(queries).atLeast(places, now)
    return ok({
      people: friendsHere(context, { present, places }),
      ...(atLeast !== undefined && { atLeast }),
      ...(own && { viewer: { since: datetime(own.sinceMs), until: datetime(own.sinceMs + PRESENT_MS) } }),
    })
  }
}

/** Those whom the viewer follows and who follow the viewer, as far as the one may see the other. */
function friendsHere(
  { queries, viewer }: QueryContext,
  { present, places }: { readonly present: readonly Present[]; readonly places: readonly string[] },
): Output['people'] {
  const sight = queries.sightOf(viewer)
  if (sight.id === undefined) return []
  const people = present.flatMap((each) => {
    const person = each.did === viewer ? undefined : queries.personByDid(each.did)
    return person === undefined ? [] : [{ ...each, person: person.id }]
  })
  const ids = people.map(({ person }) => person)
  const mutuals = queries.mutualsAmong(sight.id, ids)
  const friends = people.filter(({ person }) => mutuals.has(person)).sort((a, b) => b.sinceMs - a.sinceMs)
  const since = new Map(friends.map(({ did, sinceMs }) => [did, sinceMs]))
  const rows = rowsOf(queries, friends, places).map((row) => ({
    author: row.author,
    sinceMs: since.get(row.author.did)!,
    checkin: maySee(sight, row) ? row.uri : undefined,
  }))
  return visibleTo(sight, rows).slice(0, PEOPLE_SHOWN_MAX).map(personHere)
}
