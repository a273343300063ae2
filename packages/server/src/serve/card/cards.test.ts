import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { ok } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import fastify from 'fastify'
import sharp from 'sharp'
import { blobOf, cafe, called, checkedIn, checkinUri, deleted, didOf, type Step } from '#project/given.ts'
import { createImages } from '#serve/images.ts'
import { serving } from '#serve/xrpc/given-server.ts'
import { cardPath, mountCards, publicCheckin } from './cards.ts'
import { drawText } from './text.ts'

const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#ff0000' } })
  .jpeg()
  .toBuffer()

/** Each story in turn, over one cache of images. */
async function cardsOf(...stories: readonly (readonly Step[])[]) {
  const { blobs } = openMemoryEngine({ world: simWorld() })
  const outcomes: string[] = []
  const answers = []
  for (const steps of stories) {
    using server = serving(called('ana', 'ana.example'), ...steps)
    const { queries } = server.as(undefined)
    const images = createImages(blobs, {
      visible: (did, cid) => queries.visiblePhoto(did, cid) !== undefined,
      fetchBlob: async () => ok(new Uint8Array(photo)),
      outcome: (preset, outcome) => void outcomes.push(`${preset} ${outcome}`),
    })
    const app = fastify()
    mountCards(app, images, queries)
    const seen = publicCheckin(queries, checkinUri('ana', 'one'))
    const path = seen === undefined ? checkinUri('ana', 'one').replace('at://', '/img/card/') + '.png' : cardPath(seen)
    answers.push({ path, answer: await app.inject(path) })
    await images.purge(didOf('ana'))
  }
  return { answers, outcomes, blobs }
}

test('a check-in has a card of the size that previews ask for, with its photo on it', async () => {
  const { answers } = await cardsOf([
    checkedIn('ana', 'one', { place: cafe, photos: [{ image: blobOf('p'), alt: '' }] }),
  ])
  const [{ answer }] = answers as [(typeof answers)[0]]
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'image/png')
  assert.equal(answer.headers['content-security-policy'], "default-src 'none'; sandbox")
  const { width, height } = await sharp(answer.rawPayload).metadata()
  assert.deepEqual({ width, height }, { width: 1_200, height: 630 })
  const [red, green] = await sharp(answer.rawPayload)
    .extract({ left: 900, top: 100, width: 1, height: 1 })
    .removeAlpha()
    .raw()
    .toBuffer()
  assert(red! > 200 && green! < 60, 'the photo is where it should be')
})

test('an edited check-in has another card at another address, and a deleted one has none', async () => {
  const steps = [checkedIn('ana', 'one', { place: cafe, text: 'first' })]
  const edited = [...steps, checkedIn('ana', 'one', { place: cafe, text: 'second' })]
  const { answers, outcomes, blobs } = await cardsOf(steps, edited, [...edited, deleted('ana', 'one')])
  const [before, after, gone] = answers
  assert.notEqual(before!.path, after!.path)
  assert.notDeepEqual(before!.answer.rawPayload, after!.answer.rawPayload)
  assert.equal(gone!.answer.statusCode, 404)
  assert.deepEqual(outcomes, ['card rendered', 'card rendered'])
  assert.deepEqual(await blobs.list('img/'), [], 'nothing of it stays in the cache')
})

test('text is cut where it does not fit, in whatever script, and hostile text is drawn as text or not at all', async () => {
  const style = { widthPixelsMax: 400, linesMax: 2, sizePixels: 40, colour: '#000000' }
  const long = [
    'a'.repeat(5_000),
    'よ'.repeat(900),
    'قهوة '.repeat(300),
    'a\u0301'.repeat(3_000),
    'e' + '\u0301'.repeat(900),
  ]
  for (const text of [...long, '<b>&amp;"', '</span><span size="999999">', '\ud800 x \u0000\u001b']) {
    const picture = await drawText(text, style)
    assert(picture === undefined || (picture.width <= 400 && picture.height <= 100), text.slice(0, 20))
  }
  for (const empty of ['', ' \n ', '\u202e\u2066', '🍰👩‍👩‍👧']) assert.equal(await drawText(empty, style), undefined)
  assert((await drawText('Café', style))!.width < (await drawText('Café Ölvar', style))!.width)
})
