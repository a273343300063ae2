import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { ok, refuse, type Did } from '@waypost/kernel'
import { app as lexicons } from '@waypost/lexicon'
import { serve } from './given-http.ts'
import { Written, xrpcFault } from './handler.ts'
import { createHeldPages } from './held-pages.ts'
import { portOf } from './http.ts'
import { query } from './xrpc/method.ts'

test('a page that is held goes out by the short way: the same answer to the letter, whatever the client takes', async (t) => {
  let text = 'x'.repeat(2_000)
  /** By the short way it is asked once. */
  let askedWho = 0
  const asker = { viewer: undefined as Did | undefined, signedIn: undefined }
  const pages = createHeldPages()
  const { app, answered } = await serve({
    xrpc: {
      methods: [
        query(lexicons.waypost.feed.getGlobal.main, () => {
          const written = `{"feed":[],"cursor":"${text}"}`
          return ok(new Written<{ feed: [] }>(Buffer.from(written), () => written.includes(`"${text}"`)))
        }),
      ],
      queries: undefined as never,
      fragments: undefined as never,
      now: () => 0,
      pages,
      identify: async () => {
        askedWho++
        return ok({ ...asker })
      },
      recognise({ authorization }) {
        askedWho++
        return authorization ? undefined : asker
      },
      admit: async () => refuse(xrpcFault(401, 'AuthRequired', 'sign in first')),
      failed: (_nsid, error) => assert.fail(String(error)),
    },
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => app.close())
  const ask = async (headers: Record<string, string> = {}, method = 'GET') => {
    const url = `http://127.0.0.1:${portOf(app)}/xrpc/app.waypost.feed.getGlobal?limit=7`
    const request = http.request(url, { headers, method, agent: false }).end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const { date: _date, 'transfer-encoding': _coding, 'content-length': _length, ...others } = response.headers
    return { status: response.statusCode, headers: others, body: Buffer.concat(chunks) }
  }
  const took = async (headers: Record<string, string>) => {
    const before = askedWho
    const answer = await ask(headers)
    return { answer, way: askedWho > before + 1 ? 'long' : 'short' }
  }
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync, none: (bytes: Buffer) => bytes }
  const encodings = [
    ['none'],
    ['br', 'gzip, deflate, br, zstd'],
    ['gzip', 'deflate, gzip'],
    ['none', 'deflate'],
  ] as const
  for (const [packed, accepted] of encodings) {
    const headers: Record<string, string> = accepted === undefined ? {} : { 'accept-encoding': accepted }
    await ask(headers)
    const long = await took({ ...headers, authorization: 'none' })
    for (let nth = 0; nth < 2; nth++) {
      const short = await took(headers)
      assert.deepEqual([long.way, short.way], ['long', accepted === 'deflate' ? 'long' : 'short'])
      assert.deepEqual(short.answer.headers, long.answer.headers)
      assert.deepEqual(unpack[packed](short.answer.body), unpack[packed](long.answer.body))
    }
  }
  assert.equal((await took({ 'accept-encoding': 'br;q=0.5, gzip' })).answer.headers['content-encoding'], 'gzip')
  assert.deepEqual([(await ask({}, 'HEAD')).status, (await ask({}, 'HEAD')).body.length], [200, 0])
  assert.equal((await took({ 'content-length': '0' })).way, 'short')
  assert.equal((await took({ 'transfer-encoding': 'chunked' })).answer.status, 400)
  assert.ok(
    answered.every((each) => /^[24]00 \/xrpc\/app\.waypost\.feed\.getGlobal$/.test(each)),
    answered.join(),
  )

  text = 'y'.repeat(2_000)
  pages.follow()
  const changed = await took({})
  assert.deepEqual([changed.way, changed.answer.body.includes('yyy')], ['short', true])
  const repacked = await took({ 'accept-encoding': 'br' })
  assert.ok(brotliDecompressSync(repacked.answer.body).includes('yyy'))
  asker.viewer = 'did:plc:ana'
  assert.equal((await took({})).way, 'long', 'what is held for one is not for another')
})
