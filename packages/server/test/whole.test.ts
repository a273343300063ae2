/**
 * From the browser to everyone's feed and back, on a network of this machine: the official PDS and directory, a real
 * server, and people who sign in as people do. Long because it is one story of one network, which takes seconds to start.
 */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { decodeFirst } from '@atcute/cbor'
import { createTelemetry, realWorld, tidFrom } from '@waypost/kernel'
import { startSandbox, type Sandbox } from '@waypost/sandbox'
import { callControl } from '#serve/control.ts'
import { WebSocket } from 'ws'
import { readConfig, startServer, type Config, type Server } from '../src/index.ts'
import { copyBuiltDirectory, DIRECTORY_OF_TESTS } from '../../../tools/built-directory.ts'
import { consentAtPds, HeadlessBrowser } from './kit/headless-browser.ts'
import { twoRefreshesAtOnce } from './kit/two-refreshes.ts'

const PHOTO = new URL('../../../../shared/data/photos/gps/DSCN0010.jpg', import.meta.url)
const PORTS = { pds: 0, plc: 0 }
const PASSWORD = 'correct horse'

let folder: string
let sandbox: Sandbox
let config: Config
let server: Server
let ana: Person
let ben: Person

interface Person {
  readonly did: string
  readonly handle: string
  readonly password: string
  readonly accessJwt: string
}

const logLines: string[] = []
const telemetry = () => createTelemetry({ level: 'info', destination: { write: (line) => void logLines.push(line) } })

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-whole-'))
  const quiet = createTelemetry({ level: 'silent' })
  sandbox = await startSandbox({ folder: join(folder, 'sandbox'), log: quiet.log, ports: PORTS })
  const read = readConfig({
    WAYPOST_DATA: join(folder, 'server'),
    WAYPOST_PORT: '0',
    WAYPOST_HOSTS: sandbox.pdsUrl,
    WAYPOST_SANDBOX: sandbox.pdsUrl,
    WAYPOST_PLC_URL: sandbox.plcUrl,
    WAYPOST_SERVICE_DID: sandbox.serviceDid,
  })
  assert(read.ok)
  config = read.value
  copyBuiltDirectory(DIRECTORY_OF_TESTS, config.dataFolder)
  server = await startServer(realWorld(), config, telemetry())
  await sandbox.announce(server.url)
  ana = await createAccount('ana')
  ben = await createAccount('ben')
})

after(async () => {
  await server?.[Symbol.asyncDispose]()
  await sandbox?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function createAccount(name: string): Promise<Person> {
  const handle = `${name}.test`
  const response = await fetch(`${sandbox.pdsUrl}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle, email: `${name}@example.com`, password: PASSWORD }),
  })
  const { did, accessJwt } = (await response.json()) as { did: string; accessJwt: string }
  return { did, handle, password: PASSWORD, accessJwt }
}

async function signIn(person: Person, options: { readonly posts?: true } = {}): Promise<HeadlessBrowser> {
  const browser = new HeadlessBrowser()
  const begun = await browser.post(server.url, '/oauth/sign-in', {
    handle: person.handle,
    returnTo: '/map?z=3',
    ...options,
  })
  assert.equal(begun.status, 200, JSON.stringify(begun.json))
  const callback = await consentAtPds(browser, begun.json['url'] as string, person)
  const home = await comeBack(browser, callback)
  assert.equal(home, '/map?z=3')
  return browser
}

const navigation = () => ({
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
})

/** Arrives at our callback, and answers where that leads. */
async function comeBack(browser: HeadlessBrowser, callback: string): Promise<string | undefined> {
  const answer = await browser.send(callback, { headers: navigation() })
  return answer.headers.location
}

const xrpc = (method: string): string => `/xrpc/app.waypost.${method}`

async function feed(browser = new HeadlessBrowser()): Promise<{ uri: string; photos?: { thumb: string }[] }[]> {
  const { json } = await browser.get(server.url + xrpc('feed.getGlobal'))
  return json['feed'] as { uri: string }[]
}

/** The events of `/live`, as they come. */
class EventStream {
  text = ''
  readonly #request: http.ClientRequest
  readonly #arrivals = new EventTarget()
  constructor(url: string) {
    this.#request = http.get(url, (response) => {
      response.on('data', (chunk: Buffer) => {
        this.text += chunk.toString('utf8')
        this.#arrivals.dispatchEvent(new Event('arrival'))
      })
      response.on('error', () => {})
    })
    this.#request.on('error', () => {})
  }
  async until(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(withinMs)
    for (;;) {
      const found = pattern.exec(this.text)
      if (found) return found
      await once(this.#arrivals, 'arrival', { signal })
    }
  }
  close(): void {
    this.#request.destroy()
  }
}

describe('a check-in, all the way', () => {
  test('signs in, uploads a photo, checks in, is seen by everyone at once, and is gone when deleted', async () => {
    const browser = await signIn(ana)
    const session = await browser.get(server.url + xrpc('actor.getSession'))
    assert.deepEqual((session.json['actor'] as { did: string; handle: string }).did, ana.did)
    assert.equal((session.json['actor'] as { handle: string }).handle, 'ana.test')

    const live = new EventStream(`${server.url}/live`)
    const follower = new WebSocket(`${server.url.replace('http', 'ws')}${xrpc('feed.subscribe')}`)
    await once(follower, 'open')
    await live.until(/retry: /, 2_000)
    const firstFrame = once(follower, 'message', { signal: AbortSignal.timeout(5_000) })

    const photos = existsSync(PHOTO) ? [await upload(browser, readFileSync(PHOTO))] : []
    const start = performance.now()
    const checkin = {
      place: {
        name: 'Café Ostend',
        geo: { $type: 'community.lexicon.location.geo', latitude: '51.2254', longitude: '2.9195' },
      },
      text: 'Rain on the window, coffee on the table.',
      photos,
    }
    const rkey = tidFrom(Date.now() * 1_000, 1)
    const created = await browser.post(server.url, xrpc('feed.createCheckin'), { checkin, rkey })
    const tookMs = performance.now() - start
    assert.equal(created.status, 200, JSON.stringify(created.json))
    assert.equal(created.json['visible'], true)
    const uri = created.json['uri'] as string
    await live.until(new RegExp(`event: checkin\\nid: \\d+\\ndata: .*${uri}`), 1_000)
    const [frame] = (await firstFrame) as [Buffer]
    assert.deepEqual(decodeFirst(frame)[0], { op: 1, t: '#checkin' })
    assert(tookMs < 3_000, `visible after ${tookMs} ms`)

    const again = await browser.post(server.url, xrpc('feed.createCheckin'), { checkin, rkey, author: ana.did })
    assert.deepEqual(again.json, created.json)
    const ofBen = { checkin, rkey: tidFrom(Date.now() * 1_000, 2), author: ben.did }
    const denied = await browser.post(server.url, xrpc('feed.createCheckin'), ofBen)
    assert.deepEqual([denied.status, denied.json['error']], [401, 'AuthRequired'], 'what Ben made, Ana never writes')
    const shown = await feed()
    assert.deepEqual(
      shown.map((each) => each.uri),
      [uri],
    )

    const picture = shown[0]?.photos?.[0]?.thumb
    if (photos.length > 0) {
      const image = await fetch(server.url + picture!)
      assert.equal(image.status, 200)
      assert.equal(image.headers.get('content-type'), 'image/webp')
      assert(!Buffer.from(await image.arrayBuffer()).includes('Exif'))
    }

    const deleted = await browser.post(server.url, xrpc('feed.deleteCheckin'), { uri })
    assert.deepEqual(deleted.json, { visible: true })
    await live.until(new RegExp(`event: deletion\\nid: \\d+\\ndata: .*${uri}`), 1_000)
    assert.deepEqual(await feed(), [])
    if (photos.length > 0) assert.equal((await fetch(server.url + picture!)).status, 404)
    const one = await browser.get(`${server.url}${xrpc('feed.getCheckin')}?uri=${encodeURIComponent(uri)}`)
    assert.equal(one.json['error'], 'NotFound')
    live.close()
    follower.terminate()
  })

  test('takes all check-ins along, then deletes the records, batch by batch and without a slip', async () => {
    const browser = await signIn(ben)
    const pds = (nsid: string, body: object) =>
      fetch(`${sandbox.pdsUrl}/xrpc/${nsid}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${ben.accessJwt}` },
        body: JSON.stringify(body),
      })
    const writes = Array.from({ length: 120 }, (_, index) => ({
      $type: 'com.atproto.repo.applyWrites#create',
      collection: 'app.waypost.checkin',
      value: { $type: 'app.waypost.checkin', place: { name: `Stop ${index}` }, createdAt: new Date().toISOString() },
    }))
    assert.equal((await pds('com.atproto.repo.applyWrites', { repo: ben.did, writes })).status, 200)
    // Written through us, so that what came before it is known here too.
    const place = { name: 'The last stop' }
    const { json: last } = await browser.post(server.url, xrpc('feed.createCheckin'), { checkin: { place } })
    const subject = { uri: last['uri'], cid: last['cid'] }
    await browser.post(server.url, xrpc('feed.createComment'), { subject, text: 'end of the line' })
    const { json: taken } = await browser.get(`${server.url}/export/checkins.json`)
    assert.equal((taken['checkins'] as unknown[]).length, 121)

    const remove = async (what: string, confirmation = ben.did) =>
      (await browser.post(server.url, xrpc('actor.deleteRecords'), { what, confirmation })).json
    assert.equal((await remove('checkins', ana.did))['error'], 'NotConfirmed')
    assert.equal((await remove('all of it'))['error'], 'InvalidRequest')
    assert.deepEqual(await remove('checkins'), { deletedCount: 100, isDone: false })
    assert.deepEqual(await remove('checkins'), { deletedCount: 21, isDone: false })
    assert.deepEqual(await remove('checkins'), { deletedCount: 0, isDone: true })
    assert.deepEqual(await remove('everything'), { deletedCount: 1, isDone: false })
    assert.deepEqual(await remove('everything'), { deletedCount: 0, isDone: true })
    const { json: next } = await browser.post(server.url, xrpc('feed.createCheckin'), { checkin: { place } })
    const { json: left } = await browser.get(`${server.url}/export/checkins.json`)
    assert.deepEqual(
      (left['checkins'] as { uri: string }[]).map(({ uri }) => uri),
      [next['uri']],
    )
    await browser.post(server.url, xrpc('feed.deleteCheckin'), { uri: next['uri'] as string })
  })

  test('writes a companion on Bluesky once it is allowed, and takes it back', async () => {
    const plain = await signIn(ben)
    const place = { name: 'The lighthouse' }
    const { json: checkin } = await plain.post(server.url, xrpc('feed.createCheckin'), {
      checkin: { place, text: 'All the way up.' },
    })
    const uri = checkin['uri'] as string
    const rkey = uri.split('/').at(-1)!
    const companion = async (browser: HeadlessBrowser) =>
      (await browser.get(`${server.url}${xrpc('feed.getPost')}?uri=${encodeURIComponent(uri)}`)).json
    assert.deepEqual(await companion(plain), { isAllowed: false, exists: false })
    const refused = await plain.post(server.url, xrpc('feed.createPost'), { uri })
    assert.equal(refused.json['error'], 'PostsNotAllowed')

    const browser = await signIn(ben, { posts: true })
    const posted = await browser.post(server.url, xrpc('feed.createPost'), { uri })
    assert.deepEqual(posted.json, { uri: `at://${ben.did}/app.bsky.feed.post/${rkey}` })
    assert.deepEqual((await browser.post(server.url, xrpc('feed.createPost'), { uri })).json, posted.json)
    const params = new URLSearchParams({ repo: ben.did, collection: 'app.bsky.feed.post', rkey })
    const record = () => fetch(`${sandbox.pdsUrl}/xrpc/com.atproto.repo.getRecord?${params}`)
    const { value } = (await (await record()).json()) as {
      value: { text: string; embed: { external: { uri: string } } }
    }
    assert.equal(value.text, 'All the way up.\n\n📍 The lighthouse')
    assert.equal(value.embed.external.uri, `${server.url}/checkin/${ben.did}/${rkey}`)
    assert.deepEqual(await companion(browser), { isAllowed: true, exists: true })

    const foreign = await browser.post(server.url, xrpc('feed.createPost'), { uri: uri.replace(ben.did, ana.did) })
    assert.equal(foreign.json['error'], 'NotFound')
    assert.equal((await browser.post(server.url, xrpc('feed.deletePost'), { uri })).status, 200)
    assert.equal((await record()).status, 400)
    await browser.post(server.url, xrpc('feed.deleteCheckin'), { uri })
  })

  test('two servers that need new tokens of one person at once ask for them once', async () => {
    const { refreshes, acting } = await twoRefreshesAtOnce(sandbox, ana)
    assert.deepEqual([refreshes, new Set(acting)], [1, new Set([ana.did])])
  })

  test('sees where one is signed in, and ends one session or all of them', async () => {
    const [phone, desk] = [await signIn(ben), await signIn(ben)]
    const list = async (browser: HeadlessBrowser) =>
      (await browser.get(`${server.url}/oauth/sessions`)).json['sessions'] as { name: string; isThis: boolean }[]
    const who = async (browser: HeadlessBrowser) =>
      (await browser.get(server.url + xrpc('actor.getSession'))).json['actor']
    const [mine] = (await list(phone)).filter(({ isThis }) => isThis)
    await desk.post(server.url, '/oauth/sign-out', { session: mine!.name })
    assert.equal(await who(phone), undefined)
    assert(await who(desk))
    await desk.post(server.url, '/oauth/sign-out', { session: 'all' })
    assert.equal(await who(desk), undefined)
    assert.equal((await desk.get(`${server.url}/oauth/sessions`)).status, 401)
  })

  test('likes, comments and follows once each, and takes them back', async () => {
    const [anas, bens] = [await signIn(ana), await signIn(ben)]
    const place = { name: 'The pier' }
    const { json: checkin } = await anas.post(server.url, xrpc('feed.createCheckin'), { checkin: { place } })
    const subject = { uri: checkin['uri'], cid: checkin['cid'] }
    const [first, second] = await Promise.all([1, 2].map(() => bens.post(server.url, xrpc('feed.like'), { subject })))
    assert.equal(first!.status, 200, JSON.stringify(first!.json))
    assert.equal(first!.json['uri'], second!.json['uri'])
    const comment = await bens.post(server.url, xrpc('feed.createComment'), { subject, text: 'Is it windy?' })
    assert.equal(comment.json['visible'], true, JSON.stringify(comment.json))
    const follows = await bens.post(server.url, xrpc('graph.follow'), { subject: ana.did })
    assert.equal(follows.json['visible'], true, JSON.stringify(follows.json))

    const seen = async () => {
      const { json } = await bens.get(
        `${server.url}${xrpc('feed.getCheckin')}?uri=${encodeURIComponent(String(subject.uri))}`,
      )
      const { likeCount, commentCount } = json['checkin'] as { likeCount: number; commentCount: number }
      const profile = await bens.get(`${server.url}${xrpc('actor.getProfile')}?actor=ana.test`)
      return { likeCount, commentCount, followerCount: profile.json['followerCount'] }
    }
    assert.deepEqual(await seen(), { likeCount: 1, commentCount: 1, followerCount: 1 })
    await bens.post(server.url, xrpc('feed.unlike'), { subject: subject.uri })
    await bens.post(server.url, xrpc('feed.deleteComment'), { uri: comment.json['uri'] })
    await bens.post(server.url, xrpc('graph.unfollow'), { subject: ana.did })
    assert.deepEqual(await seen(), { likeCount: 0, commentCount: 0, followerCount: 0 })
    const others = await bens.post(server.url, xrpc('feed.deleteCheckin'), { uri: subject.uri })
    assert.deepEqual([others.status, others.json['error']], [400, 'NotFound'])
  })

  test('who blocks somebody sees nothing of them until they think better of it', async () => {
    const bens = await signIn(ben)
    const profile = async () => (await bens.get(`${server.url}${xrpc('actor.getProfile')}?actor=ana.test`)).json
    const block = await bens.post(server.url, xrpc('graph.block'), { subject: ana.did })
    assert.equal(block.json['visible'], true, JSON.stringify(block.json))
    assert.equal((await profile())['error'], 'BlockedActor')
    const unblock = await bens.post(server.url, xrpc('graph.unblock'), { subject: 'ana.test' })
    assert.equal(unblock.json['visible'], true, JSON.stringify(unblock.json))
    assert.equal((await profile())['did'], ana.did)
  })

  test('gives a tip, keeps and follows lists, and agrees to be named', async () => {
    const [anas, bens] = [await signIn(ana), await signIn(ben)]
    const write = async (browser: typeof anas, method: string, input: object) => {
      const { status, json } = await browser.post(server.url, xrpc(method), input)
      assert.equal(status, 200, `${method}: ${JSON.stringify(json)}`)
      assert.equal(json['visible'], true, method)
      return json
    }
    const read = async (method: string, params: Record<string, string>) =>
      (await bens.get(`${server.url}${xrpc(method)}?${new URLSearchParams(params)}`)).json as Record<string, unknown[]>
    const place = { name: 'The pier', refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '77' }] }

    const tip = await write(anas, 'tip.create', { place, text: 'Mind the gulls.' })
    assert.equal((await read('tip.getTips', { place: 'osm:node/77' }))['tips']?.length, 1)
    await write(anas, 'tip.delete', { uri: tip['uri'] })
    assert.deepEqual((await read('tip.getTips', { place: 'osm:node/77' }))['tips'], [])

    const geo = { latitude: '51.2339', longitude: '2.9123' }
    const added = await write(anas, 'place.create', { name: 'The old pier', geo })
    const similar = await read('place.findSimilar', { name: 'Old Pier', latitude: '51.2338', longitude: '2.9124' })
    assert.deepEqual(
      (similar['places'] as { id: string }[]).map(({ id }) => id),
      [added['uri']],
    )
    const page = (await read('place.get', { place: String(added['uri']) }))['place'] as unknown as {
      refs: { cid: string }[]
    }
    assert.equal(page.refs[0]?.cid, added['cid'])

    const mine = {
      name: 'The old pier',
      geo,
      refs: [{ $type: 'com.atproto.repo.strongRef', uri: added['uri'], cid: added['cid'] }],
    }
    const theirs = await write(bens, 'place.create', { name: 'Pier, old', geo: { ...geo, latitude: '51.2340' } })
    const sameAs = {
      name: 'Pier, old',
      refs: [{ $type: 'com.atproto.repo.strongRef', uri: theirs['uri'], cid: theirs['cid'] }],
    }
    const idOf = async (uri: unknown) =>
      ((await read('place.get', { place: String(uri) }))['place'] as unknown as { id: string }).id
    const link = await write(anas, 'place.link', { place: mine, sameAs })
    assert.equal((await write(anas, 'place.link', { place: sameAs, sameAs: mine }))['uri'], link['uri'])
    assert.equal(await idOf(added['uri']), theirs['uri'])
    const links = (await read('place.get', { place: String(theirs['uri']) }))['links'] as { personCount: number }[]
    assert.equal(links[0]?.personCount, 1)
    const itself = await anas.post(server.url, xrpc('place.link'), { place: mine, sameAs: mine })
    assert.deepEqual([itself.status, itself.json['error']], [400, 'SamePlace'])
    await write(anas, 'place.unlink', { place: theirs['uri'], sameAs: added['uri'] })
    assert.equal(await idOf(added['uri']), added['uri'])

    const list = await write(anas, 'list.create', { name: 'Piers' })
    const first = await write(anas, 'list.save', { place, list: list['uri'] })
    assert.equal((await write(anas, 'list.save', { place, list: list['uri'] }))['uri'], first['uri'])
    const nowhere = await anas.post(server.url, xrpc('list.save'), { place, list: `${String(list['uri'])}x` })
    assert.deepEqual([nowhere.status, nowhere.json['error']], [400, 'NotFound'])
    await write(anas, 'list.save', { place })
    await write(bens, 'list.follow', { subject: list['uri'] })
    const shown = await read('list.getList', { uri: String(list['uri']) })
    assert.equal(shown['items']?.length, 1)
    assert.equal((shown['list'] as unknown as { followerCount: number }).followerCount, 1)
    assert.equal((await read('list.getLists', { actor: 'ben.test', followed: 'true' }))['lists']?.length, 1)
    assert.equal((await read('list.getSaved', { actor: 'ana.test' }))['items']?.length, 1)
    await write(anas, 'list.unsave', { place: 'osm:node/77' })
    assert.equal((await read('list.getSaved', { actor: 'ana.test' }))['items']?.length, 0)
    assert.equal((await read('list.getList', { uri: String(list['uri']) }))['items']?.length, 1)
    await write(bens, 'list.unfollow', { subject: list['uri'] })
    await write(anas, 'list.delete', { uri: list['uri'] })
    assert.equal((await read('list.getList', { uri: String(list['uri']) }))['error'] as unknown, 'NotFound')

    const visit = await write(anas, 'feed.createCheckin', { checkin: { place, with: [ben.did] } })
    const subject = { uri: visit['uri'], cid: visit['cid'] }
    await write(bens, 'companion.accept', { subject })
    const named = async () => {
      const answer = await fetch(
        `${server.url}${xrpc('feed.getCheckin')}?uri=${encodeURIComponent(String(subject.uri))}`,
      )
      return ((await answer.json()) as { checkin: { with?: unknown[] } }).checkin.with?.length ?? 0
    }
    assert.equal(await named(), 1)
    await write(bens, 'companion.withdraw', { subject: subject.uri })
    assert.equal(await named(), 0)
    await write(bens, 'companion.accept', { subject })
    await write(bens, 'companion.deny', { subject: subject.uri })
    const denied = await anas.get(
      `${server.url}${xrpc('feed.getCheckin')}?uri=${encodeURIComponent(String(subject.uri))}`,
    )
    assert.equal((denied.json as { checkin: { with?: unknown[] } }).checkin.with, undefined)
    const uninvited = await anas.post(server.url, xrpc('companion.accept'), { subject })
    assert.deepEqual([uninvited.status, uninvited.json['error']], [400, 'NotFound'])
    await write(anas, 'feed.deleteCheckin', { uri: subject.uri })
  })

  test('what is reported reaches the operator alone: no answer, no log line and no repository has a word of it', async () => {
    const anas = await signIn(ana)
    const told = { subject: { $type: 'app.waypost.moderation.report#personSubject', did: ben.did }, reasonType: 'spam' }
    const input = { ...told, reason: 'Only the operator reads xylophone' }
    const unknown = await new HeadlessBrowser().post(server.url, xrpc('moderation.report'), input)
    assert.equal(unknown.status, 401)
    const { status, json } = await anas.post(server.url, xrpc('moderation.report'), input)
    assert.deepEqual([status, Object.keys(json)], [200, ['id']], JSON.stringify(json))
    const reports: string[] = []
    for await (const line of (await callControl(config.dataFolder, '/reports', {})) ?? [])
      reports.push(JSON.stringify(line))
    assert.match(reports.join(), /xylophone/)
    assert.doesNotMatch(logLines.join(''), /xylophone/)
    for (const [name, bytes] of await contentsOf(config.dataFolder)) {
      assert.ok(!bytes.includes('xylophone'), name)
    }
  })

  test('who is here now is told to friends, and not a byte of it is written, nor a line', async () => {
    const [anas, bens] = [await signIn(ana), await signIn(ben)]
    const write = async (browser: typeof anas, method: string, input: object) => {
      const { status, json } = await browser.post(server.url, xrpc(method), input)
      assert.equal(status, 200, `${method}: ${JSON.stringify(json)}`)
      return json
    }
    await write(anas, 'graph.follow', { subject: ben.did })
    await write(bens, 'graph.follow', { subject: ana.did })
    const place = { name: 'The kiosk', refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '78' }] }
    const checkin = { checkin: { place }, hereNow: true }
    const created = await write(anas, 'feed.createCheckin', checkin)
    const until = String(created['hereUntil'])
    assert.ok(Date.parse(until) > Date.now() + 7_000_000)
    const seenBy = async (browser: HeadlessBrowser) => {
      const answer = await browser.send(`${server.url}${xrpc('presence.getHereNow')}?place=osm:node/78`)
      assert.equal(answer.headers['cache-control'], 'no-store')
      return JSON.parse(answer.body.toString()) as { people: { actor: { did: string } }[]; viewer?: { until: string } }
    }
    assert.deepEqual(
      (await seenBy(bens)).people.map(({ actor }) => actor.did),
      [ana.did],
    )
    assert.equal((await seenBy(anas)).viewer?.until, until)
    assert.deepEqual(await seenBy(new HeadlessBrowser()), { people: [] })

    // From here on nothing happens but presence: no file changes, and no line is written.
    const files = () => contentsOf(join(folder, 'server'))
    const before = await files()
    const linesBefore = logLines.length
    await write(anas, 'presence.leave', {})
    assert.deepEqual((await seenBy(bens)).people, [])
    await write(anas, 'presence.enter', { checkin: created['uri'] })
    assert.equal((await seenBy(bens)).people.length, 1)
    assert.equal((await bens.post(server.url, xrpc('presence.enter'), { checkin: created['uri'] })).status, 400)
    assert.deepEqual(fingerprintsOf(await files()), fingerprintsOf(before))
    assert.deepEqual(logLines.slice(linesBefore), [])

    // Nor did the check-in that was told with it carry any of it.
    const traces = ['hereNow', 'hereUntil', 'presence/', 'presence.enter', until, String(Date.parse(until))]
    for (const trace of traces) {
      for (const [name, bytes] of before) assert.ok(!bytes.includes(trace), `${trace} in ${name}`)
      assert.ok(!logLines.join('').includes(trace), `${trace} in the log lines`)
    }
    const anew = await write(anas, 'feed.createCheckin', { ...checkin, hereNow: false })
    assert.equal(anew['hereUntil'], undefined)
    assert.deepEqual((await seenBy(bens)).people, [])
    await write(anas, 'presence.enter', { checkin: created['uri'] })
    await write(anas, 'feed.deleteCheckin', { uri: created['uri'] })
    assert.deepEqual((await seenBy(bens)).people, [])
    assert.equal((await seenBy(anas)).viewer, undefined)
  })

  test('what would not be valid is refused before it is written', async () => {
    const browser = await signIn(ana)
    const post = (checkin: object, rkey?: string) =>
      browser.post(server.url, xrpc('feed.createCheckin'), { checkin, rkey })
    const place = { name: 'Somewhere' }
    const geo = (latitude: string, longitude: string) => ({
      $type: 'community.lexicon.location.geo',
      latitude,
      longitude,
    })
    const cell = { $type: 'community.lexicon.location.hthree', value: '8a1fb46622dffff' }
    for (const [checkin, rkey] of [
      [{ place: { ...place, geo: geo('91', '0') } }],
      [{ place: { ...place, geo: geo('1e1', '0') } }],
      [{ place, position: { precision: 'exact', location: geo('0', '181') } }],
      [{ place, position: { precision: 'city', location: cell } }],
      [{ place, position: { precision: 'area', location: geo('51.2', '2.9') } }],
      [{ place }, 'not-a-tid'],
    ] as [object, string?][]) {
      const answer = await post(checkin, rkey)
      assert.deepEqual([answer.status, answer.json['error']], [400, 'InvalidRecord'], JSON.stringify(checkin))
    }
    assert.equal((await post({ place: {} })).json['error'], 'InvalidRequest')
  })

  test('nobody but our own pages may act for somebody who is signed in', async () => {
    const browser = await signIn(ana)
    const url = server.url + xrpc('feed.createCheckin')
    const body = JSON.stringify({ checkin: { place: { name: 'Elsewhere' } } })
    const json = { 'content-type': 'application/json' }
    for (const headers of [
      { ...json, origin: 'https://evil.example' },
      { ...json, origin: 'null' },
      { ...json, 'sec-fetch-site': 'cross-site' },
      { ...json, 'sec-fetch-site': 'same-site', origin: server.url },
      json,
    ]) {
      const answer = await browser.send(url, { method: 'POST', headers, body })
      assert.equal(answer.status, 403, JSON.stringify(headers))
    }
    const stranger = await new HeadlessBrowser().post(
      server.url,
      xrpc('feed.createCheckin'),
      JSON.parse(body) as object,
    )
    assert.deepEqual([stranger.status, stranger.json['error']], [401, 'AuthRequired'])
  })

  test('a sign-in that another browser began signs nobody in', async () => {
    const [attacker, victim] = [new HeadlessBrowser(), new HeadlessBrowser()]
    const begun = await attacker.post(server.url, '/oauth/sign-in', { handle: ben.handle })
    const callback = await consentAtPds(attacker, begun.json['url'] as string, ben)
    const home = await comeBack(victim, callback)
    assert.equal(home, '/?sign-in=failed')
    assert.deepEqual((await victim.get(server.url + xrpc('actor.getSession'))).json, {})
  })

  test('signing out ends this session, and the permission with the last one', async () => {
    const [phone, desk] = [await signIn(ana), await signIn(ana)]
    const me = async (browser: HeadlessBrowser) =>
      (await browser.get(server.url + xrpc('actor.getSession'))).json['actor']
    await phone.post(server.url, '/oauth/sign-out', {})
    assert.equal(await me(phone), undefined)
    assert.notEqual(await me(desk), undefined)
    const write = () => desk.post(server.url, xrpc('feed.createCheckin'), { checkin: { place: { name: 'Desk' } } })
    assert.equal((await write()).status, 200)
    await desk.post(server.url, '/oauth/sign-out', {})
    assert.equal((await write()).status, 401)
  })

  test("a person's own server may ask in their name", async () => {
    const proxied = await fetch(`${sandbox.pdsUrl}${xrpc('feed.getGlobal')}?limit=2`, {
      headers: { authorization: `Bearer ${ana.accessJwt}`, 'atproto-proxy': `${sandbox.serviceDid}#waypost` },
    })
    assert.equal(proxied.status, 200, await proxied.clone().text())
    assert(Array.isArray(((await proxied.json()) as { feed: unknown[] }).feed))
    const forged = await fetch(server.url + xrpc('feed.getGlobal'), { headers: { authorization: 'Bearer a.b.c' } })
    assert.deepEqual([forged.status, ((await forged.json()) as { error: string }).error], [401, 'BadJwt'])
  })

  test('an account is made on the PDS of the sandbox', async () => {
    const browser = new HeadlessBrowser()
    const begun = await browser.post(server.url, '/oauth/sign-up', { returnTo: '/' })
    assert.equal(begun.status, 200, JSON.stringify(begun.json))
    const page = await browser.send(begun.json['url'] as string, {
      headers: navigation(),
    })
    assert.equal(page.status, 200)
    assert((begun.json['url'] as string).startsWith(sandbox.pdsUrl))
  })

  test('a restart keeps sessions, and answers as before', async () => {
    const browser = await signIn(ben)
    const before = await feed()
    const { port } = new URL(server.url)
    await server[Symbol.asyncDispose]()
    const start = performance.now()
    server = await startServer(realWorld(), { ...config, port: Number(port) }, telemetry())
    while (server.missing().length > 0) await realWorld().timers.sleep(5)
    const tookMs = performance.now() - start
    assert(tookMs < 3_000, `ready after ${tookMs} ms`)
    assert.deepEqual(await feed(), before)
    const session = await browser.get(server.url + xrpc('actor.getSession'))
    assert.equal((session.json['actor'] as { did: string }).did, ben.did)
  })

  test('no log line tells a position or a token', () => {
    const text = logLines.join('')
    assert(logLines.length > 0)
    for (const secret of ['51.2254', '2.9195', ana.accessJwt, PASSWORD, 'DPoP ', 'refresh_token']) {
      assert(!text.includes(secret), secret)
    }
  })
})

/** Every file of a folder, by its name. */
async function contentsOf(root: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)))
}

/** Without SQLite's shared memory, which says who reads what of a WAL: it changes when somebody reads. */
function fingerprintsOf(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, string> {
  const kept = [...files].filter(([name]) => !name.endsWith('-shm'))
  return new Map(kept.map(([name, bytes]) => [name, hash('sha256', bytes)]))
}

async function upload(browser: HeadlessBrowser, bytes: Uint8Array): Promise<object> {
  const { status, json } = await browser.post(server.url, xrpc('feed.uploadPhoto'), bytes, 'image/jpeg')
  assert.equal(status, 200, JSON.stringify(json))
  return { ...(json['photo'] as object), alt: 'A square in the afternoon' }
}
