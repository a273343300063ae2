import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import { simWorld } from '@waypost/kernel/sim'
import { blobOf, cafe, called, checkedIn, didOf, wrote, type Step } from '#project/given.ts'
import { serving } from '#serve/xrpc/given-server.ts'
import { mountExport } from './export.ts'

async function exported(
  file: string,
  steps: readonly Step[],
  options: { readonly as?: string; readonly times?: number } = {},
) {
  using server = serving(called('ana', 'ana.example'), called('ben', 'ben.example'), ...steps)
  const { as = 'ana', times = 1 } = options
  const app = fastify()
  mountExport(app, simWorld(), {
    queries: server.as(undefined).queries,
    signedIn: async () => (as === '' ? undefined : { did: didOf(as) }),
    origin: () => 'https://waypost.example',
  })
  let answer = await app.inject(`/export/${file}`)
  for (let time = 1; time < times; time++) answer = await app.inject(`/export/${file}`)
  return answer
}

const NASTY = '=HYPERLINK("http://evil.example","x"), <b>"quoted"</b> & more\r\nnext\u0000 line \ud800 🍰'
const story: readonly Step[] = [
  checkedIn('ana', 'one', {
    place: { ...cafe, name: NASTY },
    text: NASTY,
    photos: [{ image: blobOf('p'), alt: NASTY }],
  }),
  checkedIn('ana', 'nowhere', { place: { name: 'A place without a point' } }),
  checkedIn('ana', 'hidden', {
    place: cafe,
    text: 'for my eyes',
    labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: '!hide' }] },
  }),
  wrote('ana', 'app.dropanchor.checkin', 'foreign', (createdAt) => ({
    text: 'from another app',
    address: { name: 'Elsewhere', country: 'DE' },
    geo: { latitude: '-33.5', longitude: '-70.5' },
    createdAt,
  })),
  checkedIn('ben', 'other', { place: cafe, text: 'somebody else' }),
]
/** What SQLite and JSON make of a half of a surrogate pair is the log's affair. */
const written = NASTY.replace('\ud800', '\ufffd')

test('JSON has every check-in of one’s own, from whichever app, hidden ones too, and nobody else’s', async () => {
  const answer = await exported('checkins.json', story)
  assert.equal(answer.headers['content-disposition'], 'attachment; filename="waypost-checkins.json"')
  assert.equal(answer.headers['cache-control'], 'no-store')
  const { did, checkins } = answer.json()
  assert.equal(did, didOf('ana'))
  assert.deepEqual(
    checkins.map(({ source, text }: { source: string; text?: string }) => [source, text]),
    [
      ['anchor', 'from another app'],
      ['waypost', 'for my eyes'],
      ['waypost', undefined],
      ['waypost', written],
    ],
  )
  assert.match(checkins[3].photos[0].url, /^https:\/\/waypost\.example\/img\/full\/did:plc:/)
})

test('GeoJSON has a feature for each, with a point where there is one', async () => {
  const { type, features } = (await exported('checkins.geojson', story)).json()
  assert.equal(type, 'FeatureCollection')
  assert.deepEqual(features[0].geometry, { type: 'Point', coordinates: [-70.5, -33.5] })
  assert.equal(features[2].geometry, null)
  assert.equal(features[3].properties.place.name, written)
})

test('GPX has a waypoint for each that has a point, and no text becomes markup', async () => {
  const { body } = await exported('checkins.gpx', story)
  assert.equal(body.match(/<wpt lat="[-\d.]+" lon="[-\d.]+">/g)?.length, 3)
  assert(!body.includes('<b>') && !body.includes('\u0000'))
  const name = /<name>([^<]*)<\/name><desc>/.exec(body.slice(body.lastIndexOf('<wpt')))?.[1]
  const read = name?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  assert.equal(read, written.replace('\u0000', ''))
})

test('CSV reads back as it was, save that no cell is a formula', async () => {
  const rows = parseCsv((await exported('checkins.csv', story)).body.replace(/^\ufeff/, ''))
  const [header, ...cells] = rows
  const column = (name: string): (string | undefined)[] => cells.map((row) => row[header!.indexOf(name)])
  assert.equal(cells.length, 4)
  assert(cells.every((row) => row.length === header!.length))
  assert.deepEqual(column('place')[3], `'${written}`)
  assert.deepEqual(column('text'), ['from another app', 'for my eyes', '', `'${written}`])
  assert.equal(column('latitude')[0], '-33.5')
})

test('a life of check-ins is written page by page and is whole', async () => {
  const many = Array.from({ length: 250 }, (_, at) =>
    checkedIn('ana', `visit ${at}`, { place: cafe, text: `no. ${at}` }),
  )
  const { checkins } = (await exported('checkins.json', many)).json()
  assert.deepEqual(
    checkins.map(({ text }: { text: string }) => text),
    Array.from({ length: 250 }, (_, at) => `no. ${249 - at}`),
  )
})

test('without check-ins each format is whole and empty; strangers, other files and a flood get none', async () => {
  assert.deepEqual((await exported('checkins.json', [])).json().checkins, [])
  assert.deepEqual((await exported('checkins.geojson', [])).json().features, [])
  assert.equal((await exported('checkins.json', story, { as: '' })).statusCode, 401)
  for (const file of ['checkins.exe', 'checkins', 'checkins.constructor', 'x.json'])
    assert.equal((await exported(file, story)).statusCode, 404)
  assert.equal((await exported('checkins.csv', [], { times: 11 })).statusCode, 429)
})

/** By the letter of RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
