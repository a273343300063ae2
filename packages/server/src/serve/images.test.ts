import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { ok, refuse, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import fastify from 'fastify'
import sharp from 'sharp'
import { blobCid, fetchBlob, type BlobFetching } from './blob-fetch.ts'
import { createImages, mountImages, type ImageOutcome } from './images.ts'

const ANA = 'did:plc:ana' as Did
const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: 'teal' } })
  .withMetadata({ exif: { IFD3: { GPSLatitude: '48/1 51/1 0/1' } } })
  .jpeg()
  .toBuffer()
const cid = blobCid(photo)

type Source = Parameters<typeof createImages>[1]

function setUp(options: { fetchBlob?: () => ReturnType<typeof fetchBlob>; refusal?: Source['refusal'] } = {}) {
  const engine = openMemoryEngine({ world: simWorld() })
  const visible = new Set([`${ANA} ${cid}`])
  const outcomes: ImageOutcome[] = []
  const images = createImages(engine.blobs, {
    visible: (did, of) => visible.has(`${did} ${of}`),
    fetchBlob: options.fetchBlob ?? (async () => ok(new Uint8Array(photo))),
    outcome: (_preset, outcome) => void outcomes.push(outcome),
    ...(options.refusal && { refusal: options.refusal }),
  })
  const app = fastify()
  mountImages(app, images)
  return { app, images, visible, outcomes, engine }
}

test('a visible picture is served small, without metadata and locked in', async () => {
  const { app, outcomes } = setUp()
  const answer = await app.inject(`/img/thumb/${ANA}/${cid}`)
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'image/webp')
  assert.equal(answer.headers['content-security-policy'], "default-src 'none'; sandbox")
  assert.match(String(answer.headers['cache-control']), /public, max-age=86400/)
  assert.equal((await sharp(answer.rawPayload).metadata()).width, 640)
  assert(photo.includes('Exif') && !answer.rawPayload.includes('Exif'))
  const again = await app.inject({
    url: `/img/thumb/${ANA}/${cid}`,
    headers: { 'if-none-match': String(answer.headers.etag) },
  })
  assert.equal(again.statusCode, 304)
  assert.deepEqual(outcomes, ['rendered', 'cached'])
})

test('while no pictures may be made those that are there go out, and while none may be sent none do', async () => {
  const withheld = new Set<string>()
  const later = { status: 503, error: 'BudgetExceeded', message: 'later', retryAfterSeconds: 70 }
  const { app, images, outcomes } = setUp({ refusal: (what) => (withheld.has(what) ? later : undefined) })
  const statusOf = async (preset: string) => (await app.inject(`/img/${preset}/${ANA}/${cid}`)).statusCode
  assert.equal(await statusOf('thumb'), 200)
  withheld.add('rendition')
  assert.deepEqual([await statusOf('thumb'), await statusOf('full')], [200, 503])
  const card = await images.card(ANA, 'a', () => assert.fail('nothing is drawn'))
  assert.equal(!card.ok && card.error.error, 'BudgetExceeded')
  withheld.add('picture')
  const refused = await app.inject(`/img/thumb/${ANA}/${cid}`)
  assert.deepEqual([refused.statusCode, refused.headers['retry-after'], refused.json().error], [503, '70', later.error])
  assert.equal(refused.headers['cache-control'], 'no-store')
  withheld.clear()
  assert.deepEqual([await statusOf('thumb'), await statusOf('full')], [200, 200])
  assert.deepEqual(outcomes, ['rendered', 'cached', 'cached', 'rendered'])
})

test('what nothing visible shows is not found, also when it was rendered before', async () => {
  const { app, images, visible, engine } = setUp()
  assert.equal((await app.inject(`/img/full/${ANA}/${cid}`)).statusCode, 200)
  assert.equal((await engine.blobs.list('img/')).length, 1)
  visible.clear()
  const gone = await app.inject(`/img/full/${ANA}/${cid}`)
  assert.equal(gone.statusCode, 404)
  assert.equal(gone.json().error, 'NotFound')
  await images.purge(ANA)
  assert.deepEqual(await engine.blobs.list('img/'), [])
})

test('paths that name no picture are not found', async () => {
  const { app } = setUp()
  for (const path of [`/img/huge/${ANA}/${cid}`, `/img/thumb/ana/${cid}`, `/img/thumb/${ANA}/..%2f..%2fetc`]) {
    assert.equal((await app.inject(path)).statusCode, 404, path)
  }
})

test('a hundred requests for one picture render it once, and a flood of others is sent away', async () => {
  let fetched = 0
  let release = (): void => {}
  const held = new Promise<void>((go) => (release = go))
  const { app, visible } = setUp({
    async fetchBlob() {
      fetched++
      await held
      return ok(new Uint8Array(photo))
    },
  })
  const same = Array.from({ length: 100 }, () => app.inject(`/img/thumb/${ANA}/${cid}`))
  const others = Array.from({ length: 70 }, (_, index) => {
    const other = blobCid(Buffer.from(String(index)))
    visible.add(`${ANA} ${other}`)
    return app.inject(`/img/thumb/${ANA}/${other}`)
  })
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(fetched, 2)
  release()
  const answers = await Promise.all([...same, ...others])
  const busy = answers.filter((answer) => answer.statusCode === 503)
  assert.equal(busy.length, 70 + 1 - 66)
  assert(busy.every((answer) => answer.headers['retry-after'] === '2'))
  assert.equal(answers.filter((answer) => answer.statusCode === 200).length, 100 + 70 - busy.length)
})

const answering = (status: number, body: Uint8Array = photo): BlobFetching => ({
  pdsOf: async () => 'https://pds.example',
  fetch: async () => ok({ status, headers: new Headers(), body }),
})

test('bytes that are not those the author signed are not shown', async () => {
  assert.equal((await fetchBlob(answering(200), ANA, cid)).ok, true)
  assert.deepEqual(await fetchBlob(answering(200), ANA, blobCid(Buffer.from('other'))), refuse('not-found'))
})

test('a server that is away, or sends too much, fails the one picture', async () => {
  const failing = (reason: 'answer-too-large' | 'timed-out'): BlobFetching => ({
    ...answering(200),
    fetch: async () => refuse({ reason, detail: '' }),
  })
  assert.deepEqual(await fetchBlob(failing('answer-too-large'), ANA, cid), refuse('not-found'))
  assert.deepEqual(await fetchBlob(failing('timed-out'), ANA, cid), refuse('unreachable'))
  assert.deepEqual(await fetchBlob(answering(503), ANA, cid), refuse('unreachable'))
  assert.deepEqual(await fetchBlob(answering(404), ANA, cid), refuse('not-found'))
})
