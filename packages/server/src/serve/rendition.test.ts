import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { formatOf, PHOTO, render } from './rendition.ts'

const PHOTOS = new URL('../../../../../shared/data/photos/', import.meta.url)
const skip = existsSync(PHOTOS) ? false : 'the photos of ../shared/data are not here'

/** Marks that any metadata of a JPEG, PNG or WebP begins with. */
const METADATA_MARKS = [
  'Exif\0',
  'http://ns.adobe.com',
  'Photoshop 3.0',
  'ICC_PROFILE',
  'MPF\0',
  'eXIf',
  'EXIF',
  'XMP ',
  'iTXt',
  'tEXt',
]

function marksIn(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('latin1')
  return METADATA_MARKS.filter((mark) => text.includes(mark))
}

function photos(folder: string): { name: string; bytes: Buffer }[] {
  const at = new URL(`${folder}/`, PHOTOS)
  return readdirSync(at).map((name) => ({ name, bytes: readFileSync(new URL(name, at)) }))
}

test('no byte of metadata comes through, from any photo that holds a position', { skip }, async () => {
  let rendered = 0
  let marked = 0
  for (const { name, bytes } of [...photos('gps'), ...photos('metadata')]) {
    if (marksIn(bytes).length > 0) marked++
    const result = await render(bytes, PHOTO)
    if (!result.ok) continue
    rendered++
    assert.deepEqual(marksIn(result.value.bytes), [], name)
    assert(Math.max(result.value.width, result.value.height) <= 2_000)
    assert(result.value.bytes.length <= 1_000_000)
  }
  assert(rendered > 10 && marked > 10, `${rendered} rendered, ${marked} with metadata`)
})

test('a photo held sideways comes out upright', async () => {
  const sideways = await sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toBuffer()
  const result = await render(sideways, PHOTO)
  assert(result.ok)
  assert.deepEqual([result.value.width, result.value.height], [20, 40])
})

test('every hostile file is either refused or comes out small and clean', { skip }, async () => {
  for (const { name, bytes } of photos('hostile')) {
    const result = await render(bytes, PHOTO)
    if (!result.ok) continue
    assert(Math.max(result.value.width, result.value.height) <= 2_000, name)
    assert.deepEqual(marksIn(result.value.bytes), [], name)
  }
})

test('a bomb of pixels is refused before it is decoded', async () => {
  const started = performance.now()
  assert.deepEqual(await render(pngOf(30_000, 30_000), PHOTO), { ok: false, error: 'too-large' })
  assert.deepEqual(await render(pngOf(8_000, 6_000), PHOTO), { ok: false, error: 'too-large' })
  assert(performance.now() - started < 1_000)
})

test('only JPEG, PNG and WebP are pictures to us', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
  const gif = Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1')
  for (const bytes of [svg, gif, Buffer.alloc(0), Buffer.from('%PDF-1.7')]) {
    assert.deepEqual(await render(bytes, PHOTO), { ok: false, error: 'not-an-image' })
  }
})

test('a truncated photo is refused', async () => {
  const whole = await sharp({ create: { width: 200, height: 200, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  assert.deepEqual(await render(whole.subarray(0, whole.length / 2), PHOTO), { ok: false, error: 'broken' })
})

test('what is transparent stays so', async () => {
  const clear = { r: 0, g: 0, b: 0, alpha: 0 }
  const png = await sharp({ create: { width: 8, height: 8, channels: 4, background: clear } })
    .png()
    .toBuffer()
  const result = await render(png, { sidePixelsMax: 4, square: true, bytesMax: 10_000 })
  assert(result.ok)
  assert.equal(result.value.type, 'image/webp')
  assert.equal(formatOf(result.value.bytes), 'webp')
  assert.deepEqual([result.value.width, result.value.height], [4, 4])
})

/** A small file that claims to be a large picture: all zero, and very well compressed. */
function pngOf(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const ends = Buffer.alloc(8)
    ends.writeUInt32BE(data.length, 0)
    ends.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  const pixels = deflateSync(Buffer.alloc(1_000))
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
