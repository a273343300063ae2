import type { Facet } from '../views.ts'
import { byStart, webAddress } from './facets.ts'

/** The links and hashtags that a person typed, as facets for a record. */
export function findFacets(text: string): Facet[] {
  const found: Facet[] = []
  const bytesBefore = (index: number) => new TextEncoder().encode(text.slice(0, index)).length
  const add = (start: number, part: string, feature: Facet['features'][number]) => {
    const index = { byteStart: bytesBefore(start), byteEnd: bytesBefore(start + part.length) }
    found.push({ index, features: [feature] })
  }
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
    const url = match[0].replace(/[.,;:!?'’”)\]}]+$/u, '')
    const href = webAddress(url)
    if (href === undefined) continue
    add(match.index, url, { $type: 'app.bsky.richtext.facet#link', uri: href as `${string}:${string}` })
  }
  for (const match of text.matchAll(/(?<=^|\s)#([\p{L}\p{N}_]{1,64})/gu)) {
    const [whole, tag = ''] = match
    if (!/^\p{N}+$/u.test(tag)) add(match.index, whole, { $type: 'app.bsky.richtext.facet#tag', tag })
  }
  return found.toSorted(byStart)
}
