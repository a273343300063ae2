/**
 * Two people on one network, in two browsers: what one does concerns the other, and both find their way through the
 * feeds, the map, the lists and the search. One story told in order; then every screen of it, in all sizes and colours.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { DESKTOP, isAccessible, isNarrowEnough, launch, openDevice, PHONE, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, signUpAtPds } from './person.ts'

const BERLIN = { latitude: 52.5163, longitude: 13.3777 }
const HOUR_MS = 3_600_000
/** Without a graphics card, the moving map takes its time. */
const MAP_MS_MAX = 60_000
const GATE = {
  name: 'Brandenburger Tor',
  category: 'culture.monument',
  geo: { latitude: '52.51628', longitude: '13.37770' },
  address: { country: 'DE', locality: 'Berlin' },
  refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '1' }],
}
/** Near enough to the gate for one person to have been at both within seconds. */
const CAFE = {
  name: 'Café am Tiergarten',
  category: 'food.cafe',
  geo: { latitude: '52.51510', longitude: '13.37050' },
  address: { country: 'DE', locality: 'Berlin' },
}
const LIGHTHOUSE = {
  name: 'Farol da Guia',
  category: 'culture.monument',
  geo: { latitude: '38.69590', longitude: '-9.44640' },
  address: { country: 'PT', locality: 'Cascais' },
}

let network: Network
let browser: Browser
let phone: BrowserContext
let desk: BrowserContext
let ana: Page
let ben: Page
let gate: { uri: string; cid: string }
const faults: string[][] = []

before(async () => {
  network = await startNetwork({ demo: false })
  browser = await launch()
  const anas = await openDevice(browser, { viewport: PHONE, at: BERLIN })
  const bens = await openDevice(browser, { viewport: DESKTOP })
  faults.push(anas.faults, bens.faults)
  phone = anas.context
  desk = bens.context
  ana = await phone.newPage()
  ben = await desk.newPage()
  await Promise.all([join(ana, 'ana'), join(ben, 'ben')])
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

test('a check-in tells what it was worth, and why', async () => {
  gate = await checkIn(ana, GATE, { text: 'Under the horses' })
  await checkIn(ana, LIGHTHOUSE, { text: 'The old light', visitedAt: '2019-07-14T18:00:00Z' })
  await checkIn(ana, CAFE, { visitedAt: hoursAgo(23) })
  await ana.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  await ana.getByRole('button', { name: 'Check in here' }).click()
  await ana.getByRole('dialog').getByRole('button', { name: 'Check in', exact: true }).click()
  const dialog = ana.getByRole('dialog', { name: 'You’re checked in' })
  await dialog.getByText(/Your 2nd time here/).waitFor()
  await dialog.getByText('1 point', { exact: true }).waitFor()
  await dialog.getByText('You are the mayor here').waitFor()
  await picture(ana, 'reward-phone-light')
  await isAccessible(ana)
})

test('somebody who follows, likes and comments is told of', async () => {
  await ben.goto(`${network.url}/person/${await handleOf(ana)}`)
  await ben.getByRole('button', { name: 'Follow', exact: true }).click()
  await ben.getByRole('button', { name: 'Following', pressed: true }).waitFor()
  await ben.goto(`${network.url}${pathOf(gate.uri)}`)
  await ben.getByRole('button', { name: 'Like' }).click()
  await ben.getByRole('button', { name: 'Like 1', pressed: true }).waitFor()
  await ben.getByLabel('Write a comment').fill('They were taken to Paris once')
  await ben.getByRole('button', { name: 'Send comment' }).click()
  await ben.getByRole('list').getByText('They were taken to Paris once').waitFor()
  await ana.goto(network.url)
  await ana.getByRole('link', { name: 'Notifications, 3 new' }).click()
  for (const told of ['follows you', 'likes your check-in at', 'commented on your check-in at']) {
    await ana.getByText(told).waitFor()
  }
  await ana.getByRole('link', { name: 'Notifications', exact: true }).waitFor()
})

test('who is named is asked, and agrees; who was there more often takes the crown', async () => {
  await checkIn(ben, GATE, { text: 'With Ana', with: [await didOf(ana)] })
  await checkIn(ben, CAFE, { visitedAt: hoursAgo(22) })
  await checkIn(ben, CAFE, { text: 'Kuchen am Wasser', visitedAt: hoursAgo(0) })
  await ana.goto(`${network.url}/notifications`)
  await ana.getByText('took the crown of').waitFor()
  await ana.getByRole('button', { name: 'I was there' }).waitFor()
  await picture(ana, 'notifications-asked-phone-light')
  await isAccessible(ana)
  await ana.getByRole('button', { name: 'I was there' }).click()
  await ana.getByRole('button', { name: 'I was there' }).waitFor({ state: 'detached' })
  await ben.goto(`${network.url}/notifications`)
  await ben.getByText('agrees: you were at').waitFor()
  await ben.getByText('lost the crown of').waitFor()
})

test('friends see each other on the week’s board, and how it counts', async () => {
  await ana.goto(`${network.url}/person/${await handleOf(ben)}`)
  await ana.getByRole('button', { name: 'Follow', exact: true }).click()
  await ana.getByRole('button', { name: 'Following', pressed: true }).waitFor()
  await ana.goto(`${network.url}/?feed=friends`)
  const board = ana.getByRole('region', { name: 'This week’s points' })
  await board.getByRole('link', { name: /^ben/ }).waitFor()
  await board.getByRole('link', { name: /^ana/ }).waitFor()
  await board.getByRole('link', { name: 'How points count' }).click()
  await ana.getByRole('row', { name: /New place/ }).waitFor()
})

test('a place is saved into a new list, and somebody else follows the list', async () => {
  await ana.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  await ana.getByRole('button', { name: 'Save' }).click()
  const dialog = ana.getByRole('dialog')
  await dialog.getByLabel('New list').fill('Gates of Berlin')
  await dialog.getByRole('button', { name: 'Create and save' }).click()
  await dialog.getByRole('button', { name: /Gates of Berlin/, pressed: true }).waitFor()
  await dialog.getByRole('button', { name: /Saved places/ }).click()
  await dialog.getByRole('button', { name: /Saved places/, pressed: true }).waitFor()
  await picture(ana, 'save-phone-light')
  await isAccessible(ana)
  await dialog.getByRole('button', { name: 'Close' }).click()
  await ana.getByRole('button', { name: 'Saved' }).waitFor()

  await ben.goto(`${network.url}/person/${await handleOf(ana)}`)
  await ben.getByRole('link', { name: /Gates of Berlin/ }).click()
  await ben.getByRole('button', { name: 'Follow list' }).click()
  await ben.getByRole('button', { name: 'Following', pressed: true }).waitFor()
  await ben.goto(`${network.url}/lists`)
  await ben.getByRole('button', { name: 'Followed' }).click()
  await ben.getByRole('link', { name: /Gates of Berlin/ }).waitFor()

  await ana.goto(`${network.url}/lists`)
  await ana.getByRole('button', { name: 'Saved places' }).click()
  await ana.getByRole('button', { name: 'Remove Brandenburger Tor' }).click()
  await ana.getByText('Nothing saved yet').waitFor()
})

test('a tip is given, counted and taken back', async () => {
  await ben.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  await ben.getByLabel('Your tip').fill('Come before seven')
  await ben.getByRole('button', { name: 'Give it' }).click()
  await ben.getByRole('heading', { name: '1 tip' }).waitFor()
  await picture(ben, 'tip-desktop-light')
  await ben.getByRole('button', { name: 'Delete tip' }).click()
  await ben.getByText('No advice yet').waitFor()
})

test('filters narrow the newsfeed, and stand in its address', async () => {
  await ana.goto(network.url)
  await ana.getByText('Kuchen am Wasser').waitFor()
  await ana.getByRole('button', { name: 'Food and drink' }).click()
  await ana.getByText('Under the horses').waitFor({ state: 'detached' })
  await ana.getByText('Kuchen am Wasser').waitFor()
  assert.equal(new URL(ana.url()).search, '?category=food')
  await ana.reload()
  await ana.getByRole('button', { name: 'Food and drink', pressed: true }).click()
  await ana.getByRole('button', { name: 'Near me' }).click()
  await ana.getByRole('button', { name: 'Near me', pressed: true }).waitFor()
  await ana.getByText('Under the horses').waitFor()
  assert.equal(new URL(ana.url()).search, '?near=52.52,13.38')
})

test('moving the map lists what it shows, and the address brings it back', async () => {
  await ben.goto(`${network.url}/?map=38.7,-9.4,8`)
  await ben.getByText('The old light').waitFor()
  assert.equal(await ben.getByText('Under the horses').count(), 0)
  await ben.goto(network.url)
  await ben.getByRole('button', { name: /check-ins around Berlin/ }).click({ timeout: MAP_MS_MAX })
  await ben.getByRole('button', { name: 'On the map', pressed: true }).waitFor()
  await ben.getByText('Under the horses').waitFor()
  await ben.getByText('The old light').waitFor({ state: 'detached' })
  assert.match(new URL(ben.url()).search, /^\?map=52\.\d+,13\.\d+,/)
  await ben.reload()
  await ben.getByRole('button', { name: 'On the map', pressed: true }).waitFor()
  await ben.getByText('Under the horses').waitFor()
})

test('check-ins are found by words, person, place and days', async () => {
  await ana.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  await ana.getByRole('link', { name: 'Search in these' }).click()
  await ana.getByText('With Ana', { exact: true }).waitFor()
  await ana.getByRole('searchbox').fill('horses')
  await ana.getByText('With Ana', { exact: true }).waitFor({ state: 'detached' })
  await ana.getByText('Under the horses').waitFor()
  await ana.goto(`${network.url}/search`)
  await ana.getByRole('button', { name: 'Check-ins' }).click()
  await ana.getByRole('combobox', { name: 'Person' }).fill('ana')
  await ana.getByRole('option', { name: /^ana/ }).click()
  await ana.getByLabel('Until').fill('2019-12-31')
  await ana.getByText('The old light').waitFor()
  assert.equal(await ana.getByText('Under the horses').count(), 0)
  assert.match(new URL(ana.url()).search, /person=ana\.[a-z]+&until=2019-12-31/)
})

for (const [size, viewport] of [
  ['phone', PHONE],
  ['desktop', DESKTOP],
] as const) {
  test(`every screen of this shows on a ${size}, in light and dark`, async () => {
    const { context, faults: seen } = await openDevice(browser, { viewport })
    faults.push(seen)
    await context.addCookies((await phone.storageState()).cookies)
    const page = await context.newPage()
    for (const [name, path] of await screens()) {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(network.url + path)
      await page.getByRole('heading').first().waitFor()
      await page.waitForLoadState('networkidle')
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await picture(page, `${name}-${size}-${colorScheme}`)
        await isAccessible(page)
      }
      await page.setViewportSize({ width: 320, height: 640 })
      await isNarrowEnough(page)
      await page.setViewportSize(viewport)
    }
    await context.close()
  })
}

test('nothing went wrong in the pages on the way', () => {
  assert.deepEqual(faults.flat(), [])
})

async function join(page: Page, name: string): Promise<void> {
  await page.goto(`${network.url}/sign-in`)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await signUpAtPds(page, name)
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
}

async function screens(): Promise<readonly (readonly [string, string])[]> {
  const { lists } = (await ana.evaluate(
    async (actor) => {
      const answer = await fetch(`/xrpc/app.waypost.list.getLists?actor=${actor}`)
      return (await answer.json()) as unknown
    },
    await didOf(ana),
  )) as { lists: { uri: string }[] }
  const [, , did, , rkey] = lists[0]!.uri.split('/')
  return [
    ['notifications', '/notifications'],
    ['friends', '/?feed=friends'],
    ['lists', '/lists'],
    ['list', `/list/${did}/${rkey}`],
    ['rules', '/rules'],
    ['found', '/search?in=checkins&q=brandenburger&since=2019-01-01'],
    ['map', '/?map=52.515,13.36,11'],
  ]
}

/** When a visit was, in a time zone where it is noon now: a day ago is another day there, whenever this runs. */
function hoursAgo(hours: number): string {
  const offset = 12 - new Date().getUTCHours()
  const local = new Date(Date.now() + (offset - hours) * HOUR_MS).toISOString()
  return local.replace('Z', `${offset < 0 ? '-' : '+'}${String(Math.abs(offset)).padStart(2, '0')}:00`)
}

function checkIn(page: Page, place: object, fields: object = {}): Promise<{ uri: string; cid: string }> {
  return callFromPage(page, 'app.waypost.feed.createCheckin', { checkin: { place, ...fields } })
}

async function sessionOf(page: Page): Promise<{ did: string; handle: string }> {
  const { actor } = await page.evaluate(
    async () =>
      (await (await fetch('/xrpc/app.waypost.actor.getSession')).json()) as { actor: { did: string; handle: string } },
  )
  return actor
}

async function didOf(page: Page): Promise<string> {
  return (await sessionOf(page)).did
}

async function handleOf(page: Page): Promise<string> {
  return (await sessionOf(page)).handle
}

function pathOf(uri: string): string {
  const [, , did, , rkey] = uri.split('/')
  return `/checkin/${did}/${rkey}`
}
