/**
 * What the whole exists for, in real browsers, by role and label: somebody looks around, makes an account, checks in with
 * a photo, is liked, commented and followed, becomes mayor, checks in without a connection, and takes that back; somebody
 * else sees all of it as it happens. The same way on a phone and on a desk, told in order, since each step stands on the
 * one before.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cellBounds, cellOf } from '@waypost/places'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { DESKTOP, launch, openDevice, PHONE, photoWithGps, picture, type Device } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, createAccount, hoursAgo } from './person.ts'

const SEEN_MS_MAX = 1_000
/** Nobody waits longer than this, whatever else the machine does. */
const SLOWEST_MS_MAX = 5_000
/** The day before, and told so soon that it still counts for the crown. */
const BEFORE_HOURS = 23
/** What the feed says that came while somebody reads further down; at the top it appears by itself. */
const FRESH = /\d new$/

const GATE = { latitude: 52.5163, longitude: 13.3777 }
const STATION = { latitude: 52.5251, longitude: 13.3694 }

interface Way {
  readonly size: 'phone' | 'desktop'
  readonly viewport: Device['viewport']
  readonly name: string
  readonly place: string
  readonly at: { readonly latitude: number; readonly longitude: number }
}

/** Each at a place of its own, where nobody is mayor before; Ben can be at both within a minute. */
const WAYS = {
  phone: { size: 'phone', viewport: PHONE, name: 'ana', place: 'Brandenburger Tor', at: GATE },
  desktop: { size: 'desktop', viewport: DESKTOP, name: 'cleo', place: 'Berlin Hauptbahnhof', at: STATION },
} satisfies Record<string, Way>

let network: Network
let browser: Browser
/** Ben, who is at home in the network: he looks on, on a desk what is done on a phone, and the other way round. */
let watcher: Page
let cookies: Awaited<ReturnType<BrowserContext['cookies']>> = []
const faults: string[][] = []

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: false }), launch()])
  watcher = (await open(DESKTOP)).page
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

test('an empty network says so, and invites', async () => {
  await watcher.goto(network.url)
  await watcher.getByRole('heading', { name: 'Happening now' }).waitFor()
  await watcher.getByText('Nobody has checked in yet').waitFor()
  await picture(watcher, 'empty-desktop')
  await watcher.goto(`${network.url}/sign-in`)
  await createAccount(watcher, 'ben')
  await watcher.getByRole('button', { name: 'Account menu' }).waitFor()
  cookies = await watcher.context().cookies()
})

test('somebody goes all the way on a phone, and somebody else sees it as it happens on a desk', () =>
  goAllTheWay(WAYS.phone, { watchedOn: DESKTOP }))

test('somebody goes all the way on a desk, and somebody else sees it as it happens on a phone', () =>
  goAllTheWay(WAYS.desktop, { watchedOn: PHONE }))

test('a place is found mistyped, afar and under a pin, and nobody is told where in its cell the person is', async () => {
  const asked: URL[] = []
  const { page: me, context } = await open(PHONE, WAYS.phone.at)
  await context.addCookies(cookies)
  me.on('request', (request) => asked.push(new URL(request.url())))
  await me.goto(network.url)
  await me.getByRole('link', { name: 'Check in' }).click()
  const dialog = me.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Use my location' }).click()
  await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).waitFor()
  const field = dialog.getByRole('searchbox', { name: 'Search for a place' })
  await field.fill('Brandenbruger Tor')
  await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).waitFor()
  await field.fill('Reykjavi')
  await dialog
    .getByRole('button', { name: /^Reykjav/ })
    .first()
    .waitFor()
  await field.fill('')
  await dialog.getByRole('button', { name: 'Drop a pin' }).click()
  await dialog.locator('[data-lng]').waitFor({ state: 'attached' })
  await dialog.getByRole('button', { name: 'Places around here' }).click()
  await dialog.getByText('Places around your pin').waitFor()
  await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).waitFor()
  await context.close()

  const cells = asked.flatMap(({ searchParams }) => searchParams.get('cell') ?? [])
  assert.ok(cells.length >= 9, `${cells.length} cells were asked for`)
  for (const cell of cells) assert.match(cell, /^[0-9b-hjkmnp-z]{6}$/)
  const positions = asked.filter(({ searchParams }) => searchParams.has('latitude'))
  assert.ok(positions.length > 0, 'what is far away was asked for by the middle of a cell')
  for (const { searchParams } of positions) {
    const [latitude, longitude] = [Number(searchParams.get('latitude')), Number(searchParams.get('longitude'))]
    const { north, south, east, west } = cellBounds(cellOf(latitude, longitude))
    assert.ok(Math.abs(latitude - (north + south) / 2) < 1e-4 && Math.abs(longitude - (east + west) / 2) < 1e-4)
  }
  // The device's own digits are in no address at all.
  for (const { href } of asked) assert.doesNotMatch(href, /52\.516|13\.377/)
})

test('what is written is seen by a second browser within a second', async () => {
  // The middle one of three: a machine that does something else for a moment is no news about Waypost.
  const tookMs: number[] = []
  const other = await watcher.context().newPage()
  await other.goto(network.url)
  await watcher.goto(network.url)
  await watcher.getByRole('heading', { name: /Happening now\s*Live/ }).waitFor()
  for (const words of ['One for the stairs', 'Two for the view', 'Three for the way down']) {
    const seen = watcher
      .getByText(words)
      .or(watcher.getByRole('button', { name: FRESH }))
      .first()
      .waitFor()
    const from = performance.now()
    const { uri } = await checkIn(other, words)
    await seen
    tookMs.push(performance.now() - from)
    await callFromPage(other, 'app.waypost.feed.deleteCheckin', { uri })
    await watcher.getByText(words).waitFor({ state: 'detached' })
  }
  await other.close()
  console.log(`# seen elsewhere after ${tookMs.map(Math.round).join(', ')} ms`)
  assert.ok(tookMs.toSorted((a, b) => a - b)[1]! < SEEN_MS_MAX, tookMs.join())
})

test('how fresh the feed is can be read from the metrics', async () => {
  const metrics = await (await fetch(`${network.url}/metrics`)).text()
  const count = Number(/^waypost_freshness_seconds_count (\d+)/m.exec(metrics)?.[1])
  const sum = Number(/^waypost_freshness_seconds_sum ([\d.]+)/m.exec(metrics)?.[1])
  assert.ok(count >= 4, `${count} check-ins were measured`)
  assert.ok(sum > 0 && sum / count < SLOWEST_MS_MAX / 1_000, `${sum / count} s from the commit to the feed`)
})

test('nothing went wrong in the pages on the way', () => {
  assert.deepEqual(faults.flat(), [])
})

async function goAllTheWay(way: Way, { watchedOn }: { readonly watchedOn: Device['viewport'] }): Promise<void> {
  const { page: me, context, faults: mine } = await open(way.viewport, way.at)
  await watchOn(watchedOn)
  const before = `Been here for years, ${way.size}`
  const words = `The light through the columns, ${way.size}`
  const unsent = `Out of reach, ${way.size}`

  const place = await checkInBySearch(watcher, way.place, before)
  await readAround(me, way.place, before)
  await signUp(me, way.name)
  await checkInWithPhoto(me, way, words)
  const photo = await photoOf(words)
  await likeCommentAndFollow(watcher, way.name, words)
  await readNotifications(me, words)
  await becomeMayor(me, way, place)
  assert.deepEqual(mine, [])
  await checkInOffline(me, way.place, unsent)
  // What was asked for without a connection is complained about.
  mine.length = 0
  await takeBack(me, unsent)
  await takeBack(me, words)
  assert.equal((await fetch(photo)).status, 404, 'the photo is gone with its check-in')
  assert.equal(await watcher.evaluate(() => 'isTheSame' in window), true, 'nothing was loaded again to see it')
  await context.close()
}

async function open(viewport: Device['viewport'], at?: Way['at']) {
  const { context, faults: seen } = await openDevice(browser, { viewport, ...(at && { at }) })
  faults.push(seen)
  return { page: await context.newPage(), context, faults: seen }
}

/** Ben goes on with another device. */
async function watchOn(viewport: Device['viewport']): Promise<void> {
  await watcher.context().close()
  const { page, context } = await open(viewport)
  await context.addCookies(cookies)
  await page.goto(network.url)
  watcher = page
}

/** Answers the place, as the check-in has it. */
async function checkInBySearch(page: Page, place: string, words: string): Promise<object> {
  await page.getByRole('link', { name: 'Check in', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('searchbox', { name: 'Search for a place' }).fill(place)
  await dialog
    .getByRole('button', { name: new RegExp(`^${place}`) })
    .first()
    .click()
  await dialog.getByLabel(/A few words/).fill(words)
  const sent = page.waitForRequest(/createCheckin/)
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
  await page.getByRole('dialog', { name: 'You’re checked in' }).getByRole('button', { name: 'Done' }).click()
  return ((await sent).postDataJSON() as { checkin: { place: object } }).checkin.place
}

/** Without an account: the feed, one of its places, one of its people. */
async function readAround(me: Page, place: string, words: string): Promise<void> {
  await me.goto(network.url)
  const card = cardOf(me, words)
  await card.waitFor()
  await me.getByRole('link', { name: 'Sign in' }).filter({ visible: true }).first().waitFor()
  assert.equal(await me.getByRole('link', { name: 'Friends' }).count(), 0, 'nobody is signed in')
  await card.getByRole('link', { name: place }).click()
  await me.getByRole('heading', { level: 1, name: place }).waitFor()
  await me.getByText(words).waitFor()
  await me.goBack()
  await card.getByRole('link', { name: /^ben/ }).first().click()
  await me.getByRole('heading', { level: 1, name: /^ben/ }).waitFor()
  await me.getByText(words).waitFor()
}

/** From wherever one reads, and back to it. */
async function signUp(me: Page, name: string): Promise<void> {
  const from = me.url()
  await me.getByRole('link', { name: 'Sign in' }).filter({ visible: true }).first().click()
  await createAccount(me, name)
  await me.waitForURL(from)
  await me.getByRole('button', { name: 'Account menu' }).waitFor()
}

async function checkInWithPhoto(me: Page, { size, place }: Way, words: string): Promise<void> {
  await watcher.evaluate(() => Object.assign(window, { isTheSame: true }))
  await watcher.getByRole('heading', { name: /Happening now\s*Live/ }).waitFor()
  await me.getByRole('link', { name: 'Check in', exact: true }).click()
  const dialog = me.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Use my location' }).click()
  await picture(me, `check-in-places-${size}-light`)
  await dialog
    .getByRole('button', { name: new RegExp(`^${place}`) })
    .first()
    .click()
  await dialog.getByLabel(/A few words/).fill(words)
  const buffer = await photoWithGps()
  await dialog.getByLabel('Photo files').setInputFiles({ name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer })
  await dialog.getByText(/location removed/).waitFor()
  await dialog.getByRole('textbox', { name: 'Describe photo 1' }).fill('Sunset behind a ridge')
  await picture(me, `check-in-details-${size}-light`)

  const seen = isSeen(words)
  const writing = me.waitForRequest(/createCheckin/).then(() => performance.now())
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
  const [written] = await Promise.all([writing, seen])
  const tookMs = performance.now() - written
  const done = me.getByRole('dialog', { name: 'You’re checked in' })
  await done.getByText('Your first time here').waitFor()
  await picture(me, `check-in-done-${size}-light`)
  await done.getByRole('button', { name: 'Done' }).click()
  console.log(`# with a photo: seen elsewhere ${Math.round(tookMs)} ms after it was sent`)
  assert.ok(tookMs < SLOWEST_MS_MAX, `${tookMs} ms`)
}

/** The address of the photo that left the device, which says nothing of where it was taken. */
async function photoOf(words: string): Promise<string> {
  const checkin = (await everyone()).find(({ text }) => text === words)!
  assert.equal(checkin.position, undefined)
  assert.equal(checkin.photos[0]!.alt, 'Sunset behind a ridge')
  const url = network.url + checkin.photos[0]!.fullsize
  const image = Buffer.from(await (await fetch(url)).arrayBuffer())
  assert.ok(image.length > 5_000, 'the image is served')
  for (const trace of ['Exif', 'GPS', 'Waypost Camera', 'http://ns.adobe.com/xap']) {
    assert.equal(image.includes(trace), false, trace)
  }
  return url
}

async function likeCommentAndFollow(page: Page, name: string, words: string): Promise<void> {
  await letIn(words)
  const card = cardOf(page, words)
  await card.getByRole('button', { name: 'Like' }).click()
  await card.getByRole('button', { name: 'Like 1', pressed: true }).waitFor()
  await card.getByRole('link', { name: 'Comments' }).click()
  await page.getByLabel('Write a comment').fill('And no queue at all')
  await page.getByRole('button', { name: 'Send comment' }).click()
  await page.getByRole('list').getByText('And no queue at all').waitFor()
  await page
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .first()
    .click()
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  await page.getByRole('button', { name: 'Following', pressed: true }).waitFor()
  await page.getByRole('link', { name: 'Live', exact: true }).filter({ visible: true }).click()
  await page.getByRole('heading', { name: /Happening now\s*Live/ }).waitFor()
}

/** What was done is told, stays after loading again, and is among friends too. */
async function readNotifications(me: Page, words: string): Promise<void> {
  await me.goto(network.url)
  await me.getByRole('link', { name: 'Notifications, 3 new' }).click()
  for (const told of ['follows you', 'likes your check-in at', 'commented on your check-in at']) {
    await me.getByText(told).waitFor()
  }
  await me.getByRole('link', { name: 'Notifications', exact: true }).waitFor()
  await me.getByRole('link', { name: 'Friends' }).filter({ visible: true }).click()
  const card = cardOf(me, words)
  await card.getByRole('button', { name: 'Like 1' }).waitFor()
  await card.getByRole('link', { name: 'Comments 1' }).click()
  await me.getByText('And no queue at all').waitFor()
}

/** Ben was there on one day, and who is there on a second one has the crown. */
async function becomeMayor(me: Page, { name, place }: Way, record: object): Promise<void> {
  const checkin = { place: record, text: 'The day before', visitedAt: hoursAgo(BEFORE_HOURS) }
  await callFromPage(me, 'app.waypost.feed.createCheckin', { checkin })
  await me.getByRole('link', { name: place }).first().click()
  await me.getByRole('heading', { level: 1, name: place }).waitFor()
  await me.reload()
  await me
    .getByText(/^Mayor: /)
    .filter({ hasText: name })
    .waitFor()
}

async function checkInOffline(me: Page, place: string, words: string): Promise<void> {
  let sent = 0
  me.on('request', (request) => {
    if (request.url().endsWith('createCheckin') && request.postData()?.includes(words) === true) sent++
  })
  await me.context().setOffline(true)
  await me.getByRole('button', { name: 'Check in here' }).click()
  const dialog = me.getByRole('dialog')
  await dialog.getByLabel(/A few words/).fill(words)
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
  await me.getByRole('dialog', { name: 'Kept on this device' }).getByRole('button', { name: 'Done' }).click()
  await me.getByRole('link', { name: 'Live', exact: true }).filter({ visible: true }).click()
  const waiting = me.getByRole('region', { name: 'Not sent yet' })
  await waiting.getByRole('article', { name: place }).filter({ hasText: words }).waitFor()
  await waiting.getByText('Will send as soon as there is a connection.').waitFor()
  const seen = isSeen(words)
  await me.context().setOffline(false)
  await seen
  await waiting.waitFor({ state: 'detached' })
  await letIn(words)
  assert.equal((await everyone()).filter(({ text }) => text === words).length, 1)
  assert.equal(sent, 1)
}

/** On the page of the check-in; the other browser no longer shows it. */
async function takeBack(me: Page, words: string): Promise<void> {
  await me.getByRole('link', { name: 'Live', exact: true }).filter({ visible: true }).click()
  const card = cardOf(me, words)
  await card
    .or(me.getByRole('button', { name: FRESH }))
    .first()
    .waitFor()
  if (!(await card.isVisible())) await me.getByRole('button', { name: FRESH }).click()
  await card.getByRole('link', { name: /^Comments/ }).click()
  await me.getByRole('button', { name: 'Delete', exact: true }).click()
  await me.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await me.getByText('Check-in deleted').last().waitFor()
  await watcher.getByText(words).waitFor({ state: 'detached' })
}

function cardOf(page: Page, words: string) {
  return page.getByRole('article').filter({ hasText: words })
}

/** By whoever looks on: at the top of the feed, or announced above it. */
function isSeen(words: string): Promise<void> {
  return watcher
    .getByText(words)
    .or(watcher.getByRole('button', { name: FRESH }))
    .first()
    .waitFor()
}

async function letIn(words: string): Promise<void> {
  await isSeen(words)
  const fresh = watcher.getByRole('button', { name: FRESH })
  if (await fresh.isVisible()) await fresh.click()
  await cardOf(watcher, words).waitFor()
}

interface Checkin {
  readonly text?: string
  readonly photos: readonly { readonly fullsize: string; readonly alt: string }[]
  readonly position?: unknown
}

async function everyone(): Promise<readonly Checkin[]> {
  const answer = await fetch(`${network.url}/xrpc/app.waypost.feed.getGlobal`)
  return ((await answer.json()) as { feed: Checkin[] }).feed
}

function checkIn(page: Page, text: string): Promise<{ uri: string }> {
  const place = { name: 'Siegessäule', geo: { latitude: '52.5145', longitude: '13.3501' } }
  return callFromPage(page, 'app.waypost.feed.createCheckin', { checkin: { place, text } })
}
