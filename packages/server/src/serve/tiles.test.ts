import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fastify from 'fastify'
import { tileFile, tilesAddress, type TileSource } from './tiles.ts'
import { mountWeb } from './web.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-tiles-'))
writeFileSync(join(folder, 'index.html'), '<!doctype html>')
const bytes = Buffer.concat([Buffer.from('PMTiles\u0003', 'latin1'), Buffer.alloc(50_000, 'streets ')])
const path = join(folder, '..', `${folder.split('/').at(-1)}.pmtiles`)
writeFileSync(path, bytes)
after(() => {
  rmSync(folder, { recursive: true })
  rmSync(path)
})

async function serve(tiles: TileSource | undefined) {
  const app = fastify()
  const none = () => 'gone' as const
  const heads = { checkin: none, place: none, person: none, firstPhotos: () => [] }
  const home = { origin: () => 'https://waypost.example' }
  await mountWeb(app, { folder, mapStyle: undefined, tiles, home, heads })
  const get = (url: string, range?: string, more: Record<string, string> = {}) =>
    app.inject({ url, headers: { ...(range !== undefined && { range }), ...more } })
  return { get, address: tilesAddress(tiles)! }
}

test('an archive is read by ranges, each answered with exactly its bytes', async () => {
  const { get, address } = await serve(tileFile(path))
  for (const [range, from, to] of [
    ['bytes=0-126', 0, 126],
    ['bytes=49990-', 49_990, bytes.length - 1],
    ['bytes=-8', bytes.length - 8, bytes.length - 1],
    ['bytes=50000-99999', 50_000, bytes.length - 1],
  ] as const) {
    const part = await get(address, range)
    assert.equal(part.statusCode, 206, range)
    assert.equal(part.headers['content-range'], `bytes ${from}-${to}/${bytes.length}`)
    assert.deepEqual(part.rawPayload, bytes.subarray(from, to + 1))
  }
  const beyond = await get(address, `bytes=${bytes.length}-`)
  assert.equal(beyond.statusCode, 416)
  assert.equal(beyond.headers['content-range'], `bytes */${bytes.length}`)
})

test('an archive may be kept for ever, since another one has another name', async () => {
  const { get, address } = await serve(tileFile(path))
  const whole = await get(address)
  assert.equal(whole.statusCode, 200)
  assert.equal(whole.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(whole.headers['accept-ranges'], 'bytes')
  const same = await get(address, undefined, { 'if-none-match': String(whole.headers.etag) })
  assert.equal(same.statusCode, 304)
  const other = await get(address, 'bytes=0-9', { 'if-range': '"another"' })
  assert.equal(other.statusCode, 200)
  assert.equal((await get('/tiles/0000000000000000.pmtiles')).statusCode, 404)
  assert.equal((await get('/tiles/..%2f..%2fetc%2fpasswd')).statusCode, 404)
  writeFileSync(path, Buffer.concat([bytes, Buffer.from('more')]))
  assert.notEqual(tilesAddress(tileFile(path)), address)
  writeFileSync(path, bytes)
})

test('an archive of another host is left to it, and adds it to what the map may ask, and to nothing else', async () => {
  const { get, address } = await serve({ kind: 'url', url: 'https://tiles.example/world.pmtiles' })
  assert.equal(address, 'https://tiles.example/world.pmtiles')
  const policy = String((await get('/')).headers['content-security-policy'])
  assert.match(policy, /connect-src 'self' https:\/\/tiles\.example;/)
  assert.equal(policy.match(/tiles\.example/g)?.length, 1)
})

test('without an archive there are no tiles', async () => {
  const { get, address } = await serve(undefined)
  assert.equal(address, undefined)
  assert.equal((await get('/tiles/a.pmtiles')).statusCode, 404)
})
