import type { Queries } from '#query/queries.ts'
import { cutText } from '#view/cut-text.ts'
import { INVALID_HANDLE, profileViewBasic, shownName } from '#view/profile.ts'
import { viewCheckins } from '#view/page.ts'
import { visibleTo } from '#view/visible-to.ts'
import { cardPath, publicCheckin } from './card/cards.ts'
import { CARD_SIZE } from './card/draw.ts'
import { checkinPath } from './client-path.ts'
import { escapeMarkup } from './markup.ts'

/**
 * What a page says of itself to whoever doesn't run it: link previews and search engines. In: a path of the client. Out:
 * its title, a description and a picture, as somebody who is not signed in may see them.
 */
export interface PageHead {
  /** The path that the page is best known by. */
  readonly path: string
  readonly title: string
  readonly description: string
  readonly image?: { readonly path: string; readonly alt: string; readonly isCard: boolean } | undefined
}

/** `gone`: there is nothing to see, for nobody or for strangers. */
export interface PageHeads {
  checkin(uri: string): PageHead | 'gone'
  place(id: string): PageHead | 'gone'
  person(actor: string): PageHead | 'gone'
  /** Paths of the photo that the live page shows first, if there is one: whoever opens it asks for it at once. */
  firstPhotos(): readonly string[]
}

/** What previews show at most. */
const DESCRIPTION_LIMIT = { graphemes: 200, bytes: 2_000 }
/** As many check-ins may be on a phone's first screen. */
const FIRST_CHECKINS = 2
const TITLE_LIMIT = { graphemes: 120, bytes: 1_200 }

export function createPageHeads(queries: Queries): PageHeads {
  return {
    firstPhotos() {
      const newest = queries.globalFeed({ limit: FIRST_CHECKINS }, {})
      if (!newest.ok) return []
      const shown = viewCheckins(queries, newest.value.ids, undefined)
      // What its author wants covered is not shown at once.
      const photos = shown.flatMap(({ photos = [], labels = [] }) => (labels.length === 0 ? photos : []))
      return photos.slice(0, 1).map(({ thumb }) => thumb)
    },
    checkin(uri) {
      const checkin = publicCheckin(queries, uri)
      if (checkin === undefined) return 'gone'
      const { author, place, text, photos = [] } = checkin
      const title = `${shownName(author)} at ${place.name}`
      const said = photos.length === 0 ? '' : photos.length === 1 ? ' · 1 photo' : ` · ${photos.length} photos`
      return {
        path: checkinPath(checkin.uri),
        title,
        description: text ?? `A check-in at ${[place.name, place.address?.locality].filter(Boolean).join(', ')}${said}`,
        image: { path: cardPath(checkin), alt: title, isCard: true },
      }
    },
    place(id) {
      const place = queries.place(id)
      if (place === undefined) return 'gone'
      const { name, address, checkinCount } = place
      return {
        path: `/place/${encodeURIComponent(place.id).replaceAll('%3A', ':')}`,
        title: [name, address?.locality].filter(Boolean).join(', '),
        description: checkinCount === 1 ? '1 check-in on Waypost' : `${checkinCount} check-ins on Waypost`,
      }
    },
    person(actor) {
      const person = queries.actor(actor)
      const [seen] = person === undefined ? [] : visibleTo(queries.sightOf(undefined), [person])
      if (seen === undefined) return 'gone'
      const view = profileViewBasic(seen)
      return {
        path: `/person/${encodeURIComponent(actorOf(view)).replaceAll('%3A', ':')}`,
        title: shownName(view),
        description: seen.description ?? `The check-ins of ${shownName(view)} on Waypost`,
        image: view.avatar === undefined ? undefined : { path: view.avatar, alt: shownName(view), isCard: false },
      }
    },
  }
}

/** The tags of a head, to stand in place of the page's own title. All of it is escaped. */
export function headTags({ path, title, description, image }: PageHead, origin: string): string {
  const name = cutText(title, TITLE_LIMIT)
  const meta = (key: 'name' | 'property', of: string, content: string): string =>
    `<meta ${key}="${of}" content="${escapeMarkup(content)}" />`
  const words = cutText(description.replaceAll(/\s+/g, ' ').trim(), DESCRIPTION_LIMIT)
  const url = origin + path
  return [
    `<title>${escapeMarkup(`${name} · Waypost`)}</title>`,
    meta('name', 'description', words),
    `<link rel="canonical" href="${escapeMarkup(url)}" />`,
    meta('property', 'og:site_name', 'Waypost'),
    meta('property', 'og:type', 'website'),
    meta('property', 'og:url', url),
    meta('property', 'og:title', name),
    meta('property', 'og:description', words),
    meta('name', 'twitter:card', image?.isCard ? 'summary_large_image' : 'summary'),
    ...(image === undefined
      ? []
      : [
          meta('property', 'og:image', origin + image.path),
          ...(image.isCard
            ? [
                meta('property', 'og:image:width', String(CARD_SIZE.width)),
                meta('property', 'og:image:height', String(CARD_SIZE.height)),
              ]
            : []),
          meta('property', 'og:image:alt', cutText(image.alt, TITLE_LIMIT)),
        ]),
  ].join('\n    ')
}

interface Named {
  readonly did: string
  readonly handle: string
}

function actorOf({ did, handle }: Named): string {
  return handle === INVALID_HANDLE ? did : handle
}
