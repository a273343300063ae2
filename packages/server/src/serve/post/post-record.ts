import type { LexMap } from '@atproto/lex'
import type { app } from '@waypost/lexicon'
import { cutText } from '#view/cut-text.ts'
import { readFacets } from '#view/facets.ts'

type Checkin = app.waypost.checkin.Main

/** What Bluesky takes. */
const TEXT_LIMIT = { graphemes: 300, bytes: 3_000 }
const PHOTOS_MAX = 4
const DESCRIPTION_LIMIT = { graphemes: 300, bytes: 3_000 }
/** Of the place's name in the last line; the rest of the limit is the person's. */
const NAME_LIMIT = { graphemes: 80, bytes: 800 }

/**
 * The companion of a check-in on Bluesky. In: the check-in's record, and the address of its page. Out: an
 * `app.bsky.feed.post` with the same words, the place as a link, and the photos, or a card of the page where there are
 * none. What doesn't fit is cut at a character, and facets that lose their text are left out.
 */
export function postRecord(checkin: Checkin, pageUrl: string): LexMap {
  const { place, text = '', photos = [], facets = [], langs, labels, createdAt } = checkin
  const sign = `📍 ${cutText(place.name, NAME_LIMIT)}`
  const gap = text === '' ? '' : '\n\n'
  const left = { graphemes: TEXT_LIMIT.graphemes - 90, bytes: TEXT_LIMIT.bytes - 900 }
  const words = cutText(text, left)
  const byteStart = Buffer.byteLength(words + gap)
  const link = {
    index: { byteStart, byteEnd: byteStart + Buffer.byteLength(sign) },
    features: [{ $type: 'app.bsky.richtext.facet#link', uri: pageUrl }],
  }
  return {
    $type: 'app.bsky.feed.post',
    text: words + gap + sign,
    facets: [...(readFacets(words, facets) ?? []), link],
    embed: photos.length > 0 ? photosEmbed(photos) : cardEmbed(checkin, pageUrl),
    ...(langs !== undefined && { langs }),
    ...(labels !== undefined && { labels }),
    createdAt,
  } as unknown as LexMap
}

function photosEmbed(photos: NonNullable<Checkin['photos']>) {
  const images = photos
    .slice(0, PHOTOS_MAX)
    .map(({ image, alt, aspectRatio }) => ({ image, alt: alt ?? '', ...(aspectRatio && { aspectRatio }) }))
  return { $type: 'app.bsky.embed.images', images }
}

function cardEmbed({ place, text }: Checkin, uri: string) {
  const description = cutText(text ?? place.address?.locality ?? 'A check-in on Waypost', DESCRIPTION_LIMIT)
  return {
    $type: 'app.bsky.embed.external',
    external: { uri, title: `At ${cutText(place.name, NAME_LIMIT)}`, description },
  }
}
