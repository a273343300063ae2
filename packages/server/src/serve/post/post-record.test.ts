import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cafe } from '#project/given.ts'
import { postRecord } from './post-record.ts'

const PAGE = 'https://waypost.example/checkin/did:plc:ana/3abc'

interface Post {
  readonly text: string
  readonly facets: readonly { readonly index: { readonly byteStart: number; readonly byteEnd: number } }[]
  readonly embed: { readonly $type: string; readonly images?: readonly object[] }
}

function postOf(change: object): Post {
  const checkin = { $type: 'app.waypost.checkin', place: cafe, createdAt: '2026-11-28T20:00:00.000Z', ...change }
  return postRecord(checkin as never, PAGE) as unknown as Post
}

const graphemes = (text: string): number => [...new Intl.Segmenter().segment(text)].length

test('a post has the words, keeps their facets, and ends with the place as a link to the page', () => {
  const mention = {
    index: { byteStart: 5, byteEnd: 9 },
    features: [{ $type: 'app.bsky.richtext.facet#mention', did: 'did:plc:ben' }],
  }
  const { text, facets } = postOf({ text: 'Moin @ben 🍰', facets: [mention] })
  assert.equal(text, `Moin @ben 🍰\n\n📍 ${cafe.name}`)
  assert.deepEqual(facets[0], mention)
  const { byteStart, byteEnd } = facets[1]!.index
  assert.equal(Buffer.from(text).subarray(byteStart, byteEnd).toString(), `📍 ${cafe.name}`)
})

test('without words there is the place alone, and a card of the page; with photos there are those, four at most', () => {
  const { text, embed } = postOf({})
  assert.equal(text, `📍 ${cafe.name}`)
  assert.equal(embed.$type, 'app.bsky.embed.external')
  const photos = Array.from({ length: 8 }, () => ({ image: {}, alt: 'a' }))
  assert.deepEqual(
    [postOf({ photos }).embed.$type, postOf({ photos }).embed.images?.length],
    ['app.bsky.embed.images', 4],
  )
})

test('the longest words and names stay within what Bluesky takes, and facets of what was cut are left out', () => {
  const text = '👩‍👩‍👧'.repeat(299)
  const facet = {
    index: { byteStart: Buffer.byteLength(text) - 18, byteEnd: Buffer.byteLength(text) },
    features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'x' }],
  }
  const post = postOf({ text, facets: [facet], place: { ...cafe, name: 'ö'.repeat(500) } })
  assert(graphemes(post.text) <= 300 && Buffer.byteLength(post.text) <= 3_000)
  assert.equal(post.facets.length, 1)
})
