import type { Facet } from '../views.ts'

/** A stretch of text, plain or with one meaning. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string; readonly did: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'tag'; readonly text: string; readonly tag: string }

/**
 * Cuts a text by its facets, which count UTF-8 bytes. Facets come from strangers: one that is out of range, empty, cuts
 * a character in two, overlaps an earlier one or means nothing that we know is ignored, and its text stays plain. All
 * segments together are always exactly the text.
 */
export function segments(text: string, facets: readonly Facet[] = []): Segment[] {
  if (facets.length === 0) return text === '' ? [] : [{ kind: 'text', text }]
  const utf8 = new TextEncoder().encode(text)
  const decoder = new TextDecoder()
  const slice = (start: number, end: number) => decoder.decode(utf8.subarray(start, end))
  const out: Segment[] = []
  let at = 0
  for (const { index, features } of sorted(facets)) {
    const { byteStart, byteEnd } = index
    if (byteStart < at || byteEnd <= byteStart || byteEnd > utf8.length) continue
    if (!isBoundary(utf8, byteStart) || !isBoundary(utf8, byteEnd)) continue
    const meaning = features.map((feature) => meaningOf(feature, slice(byteStart, byteEnd))).find((found) => found)
    if (meaning === undefined) continue
    if (byteStart > at) out.push({ kind: 'text', text: slice(at, byteStart) })
    out.push(meaning)
    at = byteEnd
  }
  if (at < utf8.length) out.push({ kind: 'text', text: slice(at, utf8.length) })
  return out
}

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
  return sorted(found)
}

/** The address where it is one of the web, else undefined: no javascript:, no data:. */
export function webAddress(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const { protocol, href } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}

function meaningOf(feature: Facet['features'][number], text: string): Segment | undefined {
  const { $type, did, uri, tag } = feature as { $type?: string; did?: unknown; uri?: unknown; tag?: unknown }
  if ($type === 'app.bsky.richtext.facet#mention' && typeof did === 'string' && did.startsWith('did:')) {
    return { kind: 'mention', text, did }
  }
  const href = $type === 'app.bsky.richtext.facet#link' ? webAddress(uri) : undefined
  if (href !== undefined) return { kind: 'link', text, href }
  if ($type === 'app.bsky.richtext.facet#tag' && typeof tag === 'string') return { kind: 'tag', text, tag }
  return undefined
}

function sorted(facets: readonly Facet[]): Facet[] {
  return facets.toSorted((a, b) => a.index.byteStart - b.index.byteStart)
}

/** Whether a character begins here: a UTF-8 continuation byte is 10xxxxxx. */
function isBoundary(utf8: Uint8Array, at: number): boolean {
  return at === utf8.length || ((utf8[at] ?? 0) & 0xc0) !== 0x80
}
