import { isValidDid, isValidUri } from '@atproto/syntax'
import type { app } from '@waypost/lexicon'
import { asList, asObject } from '#project/read-checkin.ts'
import { cutText } from './cut-text.ts'

type Facet = app.bsky.richtext.facet.Main

const FACETS_MAX = 64
const TAG_LIMIT = { bytes: 640, graphemes: 64 }

/**
 * The facets of a text whose byte ranges hold: inside the text, at the borders of characters, not across one another.
 * The others are dropped, the first of two that overlap stays, and links lead to the web only.
 */
export function readFacets(text: string | undefined, given: readonly unknown[]): Facet[] | undefined {
  if (text === undefined || given.length === 0) return undefined
  const bytes = Buffer.from(text)
  const facets: Facet[] = []
  let taken = 0
  const inOrder = given
    .slice(0, FACETS_MAX)
    .flatMap((facet) => readFacet(facet))
    .toSorted((a, b) => a.index.byteStart - b.index.byteStart)
  for (const facet of inOrder) {
    const { byteStart, byteEnd } = facet.index
    if (byteStart < taken || byteEnd > bytes.length || !isBorder(bytes, byteStart) || !isBorder(bytes, byteEnd))
      continue
    facets.push(facet)
    taken = byteEnd
  }
  return facets.length > 0 ? facets : undefined
}

function readFacet(given: unknown): Facet[] {
  const fields = asObject(given)
  const index = asObject(fields?.['index'])
  const byteStart = index?.['byteStart']
  const byteEnd = index?.['byteEnd']
  if (!Number.isSafeInteger(byteStart) || !Number.isSafeInteger(byteEnd)) return []
  if ((byteStart as number) < 0 || (byteEnd as number) <= (byteStart as number)) return []
  const features = asList(fields?.['features']).flatMap((feature) => readFeature(feature))
  if (features.length === 0) return []
  return [{ index: { byteStart: byteStart as number, byteEnd: byteEnd as number }, features }]
}

function readFeature(given: unknown): Facet['features'] {
  const fields = asObject(given)
  const { $type, did, uri, tag } = fields ?? {}
  switch ($type) {
    case 'app.bsky.richtext.facet#mention':
      return typeof did === 'string' && isValidDid(did) ? [{ $type, did }] : []
    case 'app.bsky.richtext.facet#link':
      return typeof uri === 'string' && isValidUri(uri) && /^https?:/i.test(uri) ? [{ $type, uri }] : []
    case 'app.bsky.richtext.facet#tag':
      return typeof tag === 'string' ? [{ $type, tag: cutText(tag, TAG_LIMIT) }] : []
    default:
      return []
  }
}

/** Whether a character of UTF-8 begins or the text ends here. */
function isBorder(bytes: Uint8Array, at: number): boolean {
  return at === bytes.length || (bytes[at]! & 0xc0) !== 0x80
}
