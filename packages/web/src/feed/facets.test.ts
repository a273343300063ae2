import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Facet } from '../views.ts'
import { segments, webAddress } from './facets.ts'
import { findFacets } from './find-facets.ts'

const link = (byteStart: number, byteEnd: number, uri = 'https://a.example/'): Facet => ({
  index: { byteStart, byteEnd },
  features: [{ $type: 'app.bsky.richtext.facet#link', uri: uri as `${string}:${string}` }],
})

test('ranges count bytes, not characters', () => {
  assert.deepEqual(segments('cafés ☕ here', [link(10, 14)]), [
    { kind: 'text', text: 'cafés ☕' },
    { kind: 'link', text: ' her', href: 'https://a.example/' },
    { kind: 'text', text: 'e' },
  ])
})

test('mentions and tags keep what they mean', () => {
  const facets: Facet[] = [
    {
      index: { byteStart: 0, byteEnd: 4 },
      features: [{ $type: 'app.bsky.richtext.facet#mention', did: 'did:plc:ana' }],
    },
    { index: { byteStart: 5, byteEnd: 8 }, features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'sf' }] },
  ]
  assert.deepEqual(segments('@ana #sf', facets), [
    { kind: 'mention', text: '@ana', did: 'did:plc:ana' },
    { kind: 'text', text: ' ' },
    { kind: 'tag', text: '#sf', tag: 'sf' },
  ])
})

test('bad ranges leave the text plain', () => {
  const plain = [{ kind: 'text', text: 'é☕ ok' }]
  for (const [start, end] of [
    [-1, 2],
    [4, 4],
    [5, 3],
    [0, 99],
    [1, 5],
    [0, 3],
  ] as const) {
    assert.deepEqual(segments('é☕ ok', [link(start, end)]), plain, `${start}-${end}`)
  }
})

test('of two that overlap the first one counts', () => {
  assert.deepEqual(
    segments('abcdef', [link(2, 5), link(0, 3)]).map(({ text }) => text),
    ['abc', 'def'],
  )
})

test('only addresses of the web are links', () => {
  for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'ftp://a.example', 'nonsense']) {
    assert.deepEqual(segments('abc', [link(0, 3, uri)]), [{ kind: 'text', text: 'abc' }])
    assert.equal(webAddress(uri), undefined)
  }
})

test('whatever the facets say, the segments are the text', () => {
  const anyFacet = fc
    .tuple(fc.integer({ min: -2, max: 40 }), fc.integer({ min: -2, max: 40 }))
    .map(([a, b]) => link(a, b))
  const anyText = fc.string({ unit: 'grapheme', maxLength: 20 })
  fc.assert(
    fc.property(anyText, fc.array(anyFacet), (text, facets) => {
      const wellFormed = text.toWellFormed()
      assert.equal(
        segments(wellFormed, facets)
          .map((segment) => segment.text)
          .join(''),
        wellFormed,
      )
    }),
  )
})

test('what a person types is found where it stands', () => {
  const text = 'Café ☕ at https://a.example/x, great #coffee #1'
  assert.deepEqual(
    segments(text, findFacets(text))
      .filter(({ kind }) => kind !== 'text')
      .map(({ kind, text: part }) => [kind, part]),
    [
      ['link', 'https://a.example/x'],
      ['tag', '#coffee'],
    ],
  )
})
