import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fastify from 'fastify'
import {
  account,
  blobOf,
  cafe,
  called,
  checkedIn,
  checkinUri,
  deleted,
  didOf,
  wrote,
  type Step,
} from '#project/given.ts'
import { createPageHeads } from './page-head.ts'
import { mountWeb } from './web.ts'
import { serving } from './xrpc/given-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-pages-'))
writeFileSync(
  join(folder, 'index.html'),
  '<!doctype html><head><title>Waypost</title>\n<meta name="description" content="plain" /></head><div id="root"></div>',
)
after(() => rmSync(folder, { recursive: true, force: true }))

async function pageOf(path: string, ...steps: readonly Step[]) {
  using server = serving(...steps)
  const app = fastify()
  const home = { origin: () => 'https://waypost.example' }
  const heads = createPageHeads(server.as(undefined).queries)
  await mountWeb(app, { folder, mapStyle: undefined, tiles: undefined, home, heads })
  const answer = await app.inject({ url: path, headers: { accept: 'text/html' } })
  const { link, 'content-security-policy': policy } = answer.headers
  return { status: answer.statusCode, html: answer.body, policy: String(policy), link: String(link) }
}

const pathOf = (who: string, name: string): string =>
  checkinUri(who, name).replace('at://', '/checkin/').replace('app.waypost.checkin/', '')
const visit = pathOf('ana', 'one')
const ana: readonly Step[] = [
  called('ana', 'ana.example'),
  wrote('ana', 'app.waypost.profile', 'self', (createdAt) => ({
    displayName: 'Ana',
    avatar: blobOf('face'),
    createdAt,
  })),
]

test('the page of a check-in says in its head who was where, and which picture to show', async () => {
  const { status, html, policy } = await pageOf(visit, ...ana, checkedIn('ana', 'one', { text: 'Best cake.' }))
  assert.equal(status, 200)
  assert.match(html, /<title>Ana at [^<]+ · Waypost<\/title>/)
  assert.match(html, /<meta property="og:description" content="Best cake\." \/>/)
  assert.match(html, new RegExp(`<link rel="canonical" href="https://waypost.example${visit}" />`))
  assert.match(
    html,
    new RegExp(`og:image" content="https://waypost.example/img/card/${didOf('ana')}/app.waypost.checkin/`),
  )
  assert.match(html, /"twitter:card" content="summary_large_image"/)
  assert(html.includes('<div id="root">') && !html.includes('"plain"'))
  assert.match(policy, /script-src 'self';.*style-src 'self';/)
})

test('whatever somebody calls a place or writes is text in the head, and no tag or attribute', async () => {
  const hostile = `"><script>alert(1)</script>'&$&$\`</title>`
  const { html } = await pageOf(
    visit,
    ...ana,
    checkedIn('ana', 'one', { place: { ...cafe, name: hostile }, text: hostile }),
  )
  assert(!html.includes('<script') && !html.includes('alert(1)</'))
  assert.equal(html.match(/<\/title>/g)?.length, 1)
  assert(html.includes('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;$&amp;$`&lt;/title&gt;'))
})

test('what strangers may not see has the plain page, as not found, without a word of it', async () => {
  const label = (val: string) => ({ labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val }] } })
  const stories: Readonly<Record<string, readonly Step[]>> = {
    'never there': ana,
    deleted: [...ana, checkedIn('ana', 'one', { text: 'unseen' }), deleted('ana', 'one')],
    'taken down': [...ana, checkedIn('ana', 'one', { text: 'unseen' }), account('ana', 'takendown')],
    'for those who are signed in': [...ana, checkedIn('ana', 'one', { text: 'unseen', ...label('nudity') })],
    'for its author': [...ana, checkedIn('ana', 'one', { text: 'unseen', ...label('!hide') })],
  }
  for (const [why, steps] of Object.entries(stories)) {
    const { status, html } = await pageOf(visit, ...steps)
    assert.equal(status, 404, why)
    assert(!/og:|unseen|Ana/.test(html), why)
    assert(html.includes('<div id="root">'), why)
  }
})

test('a person has a head by handle and by DID, with one address for both; an account that is away has none', async () => {
  for (const actor of ['ana.example', '@ana.example', didOf('ana')]) {
    const { status, html } = await pageOf(`/person/${actor}`, ...ana)
    assert.equal(status, 200)
    assert.match(html, /<title>Ana · Waypost<\/title>/)
    assert.match(html, /rel="canonical" href="https:\/\/waypost.example\/person\/ana.example"/)
    assert.match(html, /og:image" content="https:\/\/waypost.example\/img\/avatar\//)
  }
  assert.equal((await pageOf('/person/ana.example', ...ana, account('ana', 'deactivated'))).status, 404)
})

test('a place has a head, and what nobody knows has none', async () => {
  const { status, html } = await pageOf('/place/osm:node%2F240109189', ...ana, checkedIn('ana', 'one', { place: cafe }))
  assert.equal(status, 200)
  assert.match(html, /<meta name="description" content="1 check-in on Waypost" \/>/)
  assert.match(html, /rel="canonical" href="https:\/\/waypost.example\/place\/osm:node%2F240109189"/)
  assert.equal((await pageOf('/place/osm:node%2F1', ...ana)).status, 404)
})

test('the live page has the browser ask for its feed and for its first photo beside the scripts', async () => {
  const photos = [{ image: blobOf('bridge'), alt: '' }]
  const feed = '</xrpc/app.waypost.feed.getGlobal?limit=30>; rel=preload; as=fetch; crossorigin'
  const { link } = await pageOf('/', ...ana, checkedIn('ana', 'one', { photos }), checkedIn('ana', 'two'))
  assert.match(
    link,
    new RegExp(
      `^${feed.replaceAll(/[.?]/g, String.raw`\$&`)}, </img/thumb/${didOf('ana')}/[^>]+>; rel=preload; as=image; fetchpriority=high$`,
    ),
  )
  assert.equal((await pageOf('/', ...ana, checkedIn('ana', 'one'))).link, feed)
  assert.equal((await pageOf(visit, ...ana, checkedIn('ana', 'one', { photos }))).link, 'undefined')
})

test('a photo that its author wants covered is not asked for beforehand', async () => {
  const labels = { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'nudity' }] }
  const photos = [{ image: blobOf('bridge'), alt: '' }]
  const { link } = await pageOf('/', ...ana, checkedIn('ana', 'one', { photos, labels }))
  assert(!link.includes('/img/'))
})
