import type { Facet } from '../views.ts'
import { byStart, webAddress } from './facets.ts'
import type { Mentions } from './mention.ts'

/** The links, hashtags and mentions that a person typed, as facets for a record. Only whom they took is mentioned. */
export function findFacets(text: string, mentions: Mentions = {}): Facet[] {
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
  for (const match of text.matchAll(/(?<=^|[\s(])@([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)) {
    const [whole, handle = ''] = match
    const did = Object.hasOwn(mentions, handle) ? mentions[handle] : undefined
    if (did === undefined) continue
    add(match.index, whole, { $type: 'app.bsky.richtext.facet#mention', did: did as `did:${string}:${string}` })
  }
  return found.toSorted(byStart)
}
