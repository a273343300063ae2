import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { refuse, splitAtUri, type Did } from '@waypost/kernel'
import type { app } from '@waypost/lexicon'
import { category } from '@waypost/lexicon/categories'
import { categoryOf } from '@waypost/lexicon/category-names'
import type { Queries } from '#query/queries.ts'
import { answerImage, notFound, type Images } from '#serve/images.ts'
import { INVALID_HANDLE, shownName } from '#view/profile.ts'
import { viewCheckins } from '#view/page.ts'
import { drawCard, type Card } from './draw.ts'
import { loadLand, type Land } from './land.ts'

type CheckinView = app.waypost.feed.defs.CheckinView

/** What somebody who is not signed in sees of a check-in, where they see it. */
export function publicCheckin(
  queries: Pick<Queries, 'checkinId' | 'checkins' | 'sightOf'>,
  uri: string,
): CheckinView | undefined {
  const id = queries.checkinId(uri)
  return id === undefined ? undefined : viewCheckins(queries, [id], undefined)[0]
}

/** Path of a check-in's card. It is another one when the card is, so that previews don't keep what was edited. */
export function cardPath(checkin: CheckinView): string {
  const { did, collection, rkey } = splitAtUri(checkin.uri)!
  return `/img/card/${did}/${collection}/${rkey}.png?v=${keyOf(checkin).slice(0, 8)}`
}

/** The pictures for link previews: `/img/card/<did>/<collection>/<rkey>.png`. A check-in that is gone has none. */
export function mountCards(app: FastifyInstance, images: Images, queries: Queries): void {
  let loading: Promise<Land> | undefined
  /** A picture that cannot be had is left out: the words are worth a card. */
  const picture = async (path: string | undefined): Promise<Uint8Array | undefined> => {
    const [, preset, did, cid] = /^\/img\/(thumb|avatar)\/([^/]+)\/([^/]+)$/.exec(path ?? '') ?? []
    if (cid === undefined) return undefined
    const image = await images.get(preset as 'thumb' | 'avatar', did as Did, cid)
    return image.ok ? image.value : undefined
  }
  app.get<{ Params: { did: string; collection: string; file: string } }>(
    '/img/card/:did/:collection/:file',
    async (request, reply) => {
      const { did, collection, file } = request.params
      const checkin = file.endsWith('.png')
        ? publicCheckin(queries, `at://${did}/${collection}/${file.slice(0, -'.png'.length)}`)
        : undefined
      if (checkin === undefined) return answerImage(request, reply, refuse(notFound()))
      // Before the card waits for its turn: pictures wait for turns of their own.
      const photo = await picture(checkin.photos?.[0]?.thumb)
      const avatar = await picture(checkin.author.avatar)
      loading ??= loadLand()
      const land = await loading
      const card = await images.card(checkin.author.did as Did, keyOf(checkin), () =>
        drawCard(cardOf(checkin), { photo, avatar }, land),
      )
      return answerImage(request, reply, card)
    },
  )
}

function keyOf(checkin: CheckinView): string {
  const shown = [cardOf(checkin), checkin.photos?.[0]?.thumb, checkin.author.avatar]
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex').slice(0, 32)
}

function cardOf({ place, author, text, sortAt }: CheckinView): Card {
  const known = category(categoryOf(place.category))
  const { handle } = author
  const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(sortAt))
  const { geo } = place
  return {
    place: place.name,
    kind: [known?.label ?? 'Place', place.address?.locality ?? place.address?.country].filter(Boolean).join(' · '),
    icon: known?.icon ?? 'pin',
    words: text,
    person: shownName(author),
    byline: [handle === INVALID_HANDLE ? '' : `@${handle}`, date].filter(Boolean).join(' · '),
    point: geo && { lat: Number(geo.latitude), lon: Number(geo.longitude) },
  }
}
