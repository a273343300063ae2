/**
 * Two people on one network, in two browsers: what one does concerns the other, and both find their way through the
 * feeds, the map, the lists and the search. One story told in order; then its lists, in all sizes and colours, which the
 * demo people of `screens.test.ts` have none of.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import {
  DESKTOP,
  isAccessible,
  isFineEverywhere,
  isNarrowEnough,
  launch,
  openDevice,
  PHONE,
  picture,
} from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, createAccount, hoursAgo } from './person.ts'

const BERLIN = { latitude: 52.5163, longitude: 13.3777 }
/** Without a graphics card, the moving map takes its time. */
const MAP_MS_MAX = 60_000
/** Twice the time after which a page asks again who is here. */
const HERE_ASKED_MS_MAX = 60_000
const GATE = {
  name: 'Brandenburger Tor',
  category: 'culture.landmark',
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
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const LIGHTHOUSE = {
  name: 'Farol da Guia',
  category: 'culture.landmark',
  geo: { latitude: '38.69590', longitude: '-9.44640' },
  address: { country: 'PT', locality: 'Cascais' },
}

let network: Network
let browser: Browser
let phone: BrowserContext
let desk: BrowserContext
let gate: { uri: string; cid: string }
let ana: Page
let ben: Page
const faults: string[][] = []

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: false }), launch()])
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

test('who is named is asked, and agrees; who was there more often takes the crown', async () => {
  await callFromPage(ben, 'app.waypost.graph.follow', { subject: await didOf(ana) })
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
  await ana.goto(network.url)
  await ana.getByRole('link', { name: 'Friends' }).click()
  await ana.getByRole('article', { name: /^ben/ }).first().waitFor()
  await ana.getByRole('button', { name: 'Latest of each' }).click()
  await ana.getByRole('region', { name: 'Latest of each friend' }).getByRole('link', { name: /^ben/ }).waitFor()
  await ana.getByRole('button', { name: 'This week' }).click()
  assert.equal(new URL(ana.url()).search, '?view=board')
  const board = ana.getByRole('region', { name: 'This week’s points' })
  await board.getByRole('link', { name: /^ben/ }).waitFor()
  await board.getByRole('link', { name: /^ana/ }).waitFor()
  await board.getByRole('button', { name: /points? ?of ben.*what for/ }).click()
  await board
    .getByText(/^Check-in( ×|$)/)
    .filter({ visible: true })
    .waitFor()
  await board.getByRole('link', { name: 'How points count' }).click()
  await ana.getByRole('row', { name: /New place/ }).waitFor()
})

test('friends see where the other is now, until one leaves', async () => {
  const path = `/place/${encodeURIComponent('osm:node/1')}`
  const hereOn = (page: Page) => page.getByRole('region', { name: 'Here now' })
  await ana.goto(network.url + path)
  await hereOn(ana).getByText('None of your friends says so').waitFor()
  await hereOn(ana).getByRole('button', { name: 'Show friends' }).click()
  await hereOn(ana).getByText('You are here until').waitFor()

  await ben.goto(network.url + path)
  await hereOn(ben).getByRole('link', { name: /^ana/ }).waitFor()
  await ben.getByRole('button', { name: 'Check in here' }).click()
  const dialog = ben.getByRole('dialog')
  const here = dialog.getByRole('switch', { name: 'Here now' })
  assert.equal(await here.getAttribute('aria-checked'), 'false')
  await here.click()
  await here.scrollIntoViewIfNeeded()
  await picture(ben, 'here-now-switch-desktop-light')
  await isAccessible(ben)
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
  await dialog.getByText('Friends see that you are here until').waitFor()
  await picture(ben, 'here-now-done-desktop-light')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await ben.goto(network.url + path)
  await hereOn(ben).getByText('You are here until').waitFor()

  // Without being told: the page asks again by itself.
  await hereOn(ana).getByRole('link', { name: /^ben/ }).waitFor({ timeout: HERE_ASKED_MS_MAX })
  for (const [page, size] of [
    [ana, 'phone'],
    [ben, 'desktop'],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.getByRole('region', { name: 'Tips' }).scrollIntoViewIfNeeded()
      await picture(page, `here-now-${size}-${colorScheme}`)
      await isAccessible(page)
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }
  const stranger = await openDevice(browser, { viewport: DESKTOP })
  faults.push(stranger.faults)
  const visitor = await stranger.context.newPage()
  await visitor.goto(network.url + path)
  await visitor.getByRole('heading', { name: GATE.name, level: 1 }).waitFor()
  await visitor.waitForLoadState('networkidle')
  assert.equal(await hereOn(visitor).count(), 0)
  await stranger.context.close()

  await hereOn(ana).getByRole('button', { name: 'Leave' }).click()
  await hereOn(ana).getByRole('button', { name: 'Show friends' }).waitFor()
  await ben.reload()
  await hereOn(ben).getByText('You are here until').waitFor()
  assert.equal(await hereOn(ben).getByRole('link', { name: /^ana/ }).count(), 0)
})

test('whether friends see where one is begins as one chose on this device', async () => {
  await ana.goto(`${network.url}/settings`)
  await ana.getByRole('switch', { name: 'Show it by default' }).click()
  await ana.getByRole('switch', { name: 'Show it by default', checked: true }).scrollIntoViewIfNeeded()
  await picture(ana, 'here-now-default-phone-light')
  await isAccessible(ana)
  await ana.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  await ana.getByRole('button', { name: 'Check in here' }).click()
  await ana.getByRole('switch', { name: 'Here now', checked: true }).scrollIntoViewIfNeeded()
  await picture(ana, 'here-now-switch-phone-light')
  await ana.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await ana.goto(`${network.url}/settings`)
  await ana.getByRole('switch', { name: 'Show it by default' }).click()
  await ana.getByRole('switch', { name: 'Show it by default', checked: false }).waitFor()
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

test('what is wrong with a place is told to the operator, by keyboard too, and words survive a lost connection', async () => {
  // Without a connection a browser complains of itself.
  const { context } = await openDevice(browser, { viewport: DESKTOP })
  await context.addCookies((await desk.storageState()).cookies)
  const page = await context.newPage()
  await page.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  const opener = page.getByRole('button', { name: 'Report or merge' })
  await opener.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Report or merge' })
  const send = dialog.getByRole('button', { name: 'Send report' })
  assert.equal(await send.isDisabled(), true)
  await dialog.getByRole('radio', { name: 'It does not exist' }).press('ArrowDown')
  await dialog.getByRole('radio', { name: 'It has closed for good', checked: true }).waitFor()
  await dialog.getByLabel('In your own words').fill('Fenced off since May')
  await context.setOffline(true)
  await send.press('Enter')
  await dialog.getByRole('alert').waitFor()
  await picture(page, 'report-failed-desktop-light')
  assert.equal(await dialog.getByLabel('In your own words').inputValue(), 'Fenced off since May')
  await context.setOffline(false)
  await send.press('Enter')
  await page.getByText('Reported. Thank you.').waitFor()
  await dialog.waitFor({ state: 'detached' })
  await opener.press('Enter')
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await opener.evaluate((element) => element === document.activeElement), true)
  await context.close()
})

test('a check-in and a person can be reported, each with what can be said of them', async () => {
  await ben.goto(`${network.url}${pathOf(gate.uri)}`)
  await ben.getByRole('button', { name: 'Report' }).click()
  const dialog = ben.getByRole('dialog', { name: 'Report' })
  await dialog.getByRole('radio', { name: 'It is advertising' }).check()
  assert.equal(await dialog.getByRole('radio').count(), 4)
  await dialog.getByRole('button', { name: 'Send report' }).click()
  await ben.getByText('Reported. Thank you.').waitFor()
  await ben.goto(`${network.url}/person/${await handleOf(ana)}`)
  await ben.getByRole('button', { name: 'Report' }).click()
  await dialog.getByRole('radio', { name: 'Something else' }).check()
  await dialog.getByRole('button', { name: 'Send report' }).click()
  await ben.getByText('Reported. Thank you.').waitFor()
})

test('who added a place says that it is another one: they are one until it is taken back', async () => {
  const added = await callFromPage(ana, 'app.waypost.place.create', { name: 'Tor am Platz', geo: GATE.geo })
  const own = `${network.url}/place/${encodeURIComponent(added.uri)}`
  await ana.goto(own)
  await ana.getByRole('button', { name: 'Report or merge' }).click()
  const dialog = ana.getByRole('dialog')
  await isFineEverywhere(ana, 'report')
  await dialog.getByRole('button', { name: /The same as another place/ }).click()
  await dialog.getByRole('button', { name: /^Brandenburger Tor\s*0 m/ }).waitFor()
  await isFineEverywhere(ana, 'same-place')
  const search = dialog.getByRole('searchbox', { name: 'Search for a place nearby' })
  await search.fill('zzz')
  await dialog.getByText('No other place by that name is known nearby').waitFor()
  await picture(ana, 'same-place-none-phone-light')
  await search.fill('brand')
  await dialog.getByRole('button', { name: /^Brandenburger Tor\s*0 m/ }).click()
  await dialog.getByText('Tor am Platz is the same place as Brandenburger Tor.').waitFor()
  await dialog.getByRole('heading', { name: 'Are they one place?' }).and(ana.locator(':focus')).waitFor()
  await isFineEverywhere(ana, 'same-place-ask')
  await dialog.getByRole('button', { name: 'They are one place' }).click()
  await ana.getByText('You said that they are one place').waitFor()
  await ana.getByRole('heading', { level: 1, name: GATE.name }).waitFor()
  const told = 'The same place as Tor am Platz: 1 person says so'
  await ana.getByText(told).scrollIntoViewIfNeeded()
  await isFineEverywhere(ana, 'same-place-said')
  await ben.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  await ben.getByText(told).waitFor()
  assert.equal(await ben.getByRole('button', { name: 'Take it back' }).count(), 0)
  await ana.getByRole('button', { name: 'Take it back' }).click()
  await ana.getByRole('heading', { level: 1, name: 'Tor am Platz' }).waitFor()
  await ben.reload()
  await ben.getByRole('heading', { level: 1, name: GATE.name }).waitFor()
  assert.equal(await ben.getByText(told).count(), 0)
})

test('what is new waits until it is let in and moves nothing, and comes once one goes on after a pause', async () => {
  await ben.goto(network.url)
  const first = ben.getByRole('article').first()
  await first.waitFor()
  await ben.getByRole('heading', { name: /Happening now\s*Live/ }).waitFor()
  // What the device kept is shown first; from here on it is what the server has.
  await ben.waitForLoadState('networkidle')
  const before = [await first.textContent(), (await first.boundingBox())?.y]
  await checkIn(ana, CAFE, { text: 'Newer' })
  const pill = ben.getByRole('button', { name: /\d new$/ })
  await pill.waitFor()
  assert.deepEqual(
    [await pill.textContent(), await first.textContent(), (await first.boundingBox())?.y],
    ['1 new', ...before],
  )
  await ben.getByRole('button', { name: 'Pause live updates' }).click()
  await ben.getByText('Paused', { exact: true }).waitFor()
  await checkIn(ana, CAFE, { text: 'Newest' })
  assert.equal(await pill.textContent(), '1 new')
  await ben.getByRole('button', { name: 'Resume live updates' }).click()
  await ben.getByRole('button', { name: '2 new' }).click()
  await first.getByText('Newest').waitFor()
  await pill.waitFor({ state: 'detached' })
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

test('somebody’s years are gone through, down to a day', async () => {
  await ben.goto(`${network.url}/person/${await handleOf(ana)}`)
  const year = ben.getByRole('slider', { name: 'Year' })
  await year.focus()
  await ben.keyboard.press('Home')
  await ben.getByRole('heading', { name: 'Check-ins of 2019' }).waitFor()
  await ben.getByText('Under the horses').waitFor({ state: 'detached' })
  await ben.getByText('The old light').waitFor()
  assert.equal(new URL(ben.url()).search, '?year=2019')
  await ben.getByRole('button', { name: 'Heat' }).click()
  await isAccessible(ben)
  await ben.getByRole('button', { name: /14 July 2019: 1 check-in/ }).focus()
  await ben.getByRole('link', { name: 'See it' }).click()
  await ben.getByText('The old light').waitFor()
  assert.match(new URL(ben.url()).search, /since=2019-07-14&until=2019-07-14/)
})

test('one’s own history is searched from one’s own page', async () => {
  await ana.goto(`${network.url}/person/${await handleOf(ana)}`)
  await ana.getByLabel('Search your check-ins').fill('light')
  await ana.keyboard.press('Enter')
  await ana.getByText('The old light').waitFor()
  assert.match(new URL(ana.url()).search, /q=light&in=checkins&person=ana/)
})

test('photos are put in order, retaken and removed; somebody is named with an @; friends who were here are told of', async () => {
  await checkIn(ben, GATE)
  await ana.goto(`${network.url}/place/${encodeURIComponent('osm:node/1')}`)
  await ana.getByRole('button', { name: 'Check in here' }).click()
  const dialog = ana.getByRole('dialog')
  const photo = (name: string) => ({ name, mimeType: 'image/png', buffer: PIXEL })
  await dialog.getByLabel('Photo files').setInputFiles([photo('a.png'), photo('b.png')])
  await dialog.getByLabel('Describe photo 1').fill('first')
  await dialog.getByLabel('Describe photo 2').fill('second')
  await dialog.getByRole('button', { name: 'Move photo 2 forward' }).press('Enter')
  assert.equal(await dialog.getByLabel('Describe photo 1').inputValue(), 'second')
  await dialog.getByLabel('Another photo in place of photo 1').setInputFiles(photo('c.png'))
  assert.equal(await dialog.getByLabel('Describe photo 1').inputValue(), 'second')
  await dialog.getByRole('button', { name: 'Remove photo 2' }).click()
  const words = dialog.getByLabel('A few words')
  await words.pressSequentially('Here with @be')
  await dialog.getByRole('option', { name: /^ben/ }).waitFor()
  await isAccessible(ana)
  await words.press('Enter')
  assert.match(await words.inputValue(), /^Here with @ben\.[a-z]+ $/)
  await picture(ana, 'composer-details-phone-light')
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
  const done = ana.getByRole('dialog', { name: 'You’re checked in' })
  await done.getByRole('list', { name: 'Friends who were here last' }).getByText(/^ben/).waitFor()
  await done.getByRole('link', { name: 'See your check-in' }).click()
  await ana.getByRole('link', { name: /^@ben/ }).waitFor()
})

for (const [size, viewport] of [
  ['phone', PHONE],
  ['desktop', DESKTOP],
] as const) {
  test(`lists show on a ${size}, in light and dark`, async () => {
    const { context, faults: seen } = await openDevice(browser, { viewport })
    faults.push(seen)
    await context.addCookies((await phone.storageState()).cookies)
    const page = await context.newPage()
    for (const [name, path] of await lists()) {
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
  await createAccount(page, name)
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
}

async function lists(): Promise<readonly (readonly [string, string])[]> {
  const { lists: hers } = (await ana.evaluate(
    async (actor) => {
      const answer = await fetch(`/xrpc/app.waypost.list.getLists?actor=${actor}`)
      return (await answer.json()) as unknown
    },
    await didOf(ana),
  )) as { lists: { uri: string }[] }
  const [, , did, , rkey] = hers[0]!.uri.split('/')
  return [
    ['lists', '/lists'],
    ['list', `/list/${did}/${rkey}`],
  ]
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
