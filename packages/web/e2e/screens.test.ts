/** Pictures of every screen, with the demo people in them, to be looked at; and that the map isn't blank on them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import {
  coloursIn,
  DESKTOP,
  isAccessible,
  isNarrowEnough,
  launch,
  openDevice,
  PHONE,
  picture,
  screenshot,
  type Device,
} from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { signInAtPds } from './person.ts'

/** The sizes that everything is looked at in. */
const SIZES = { phone: { width: 360, height: 780 }, desktop: DESKTOP } as const
const NARROWEST = { width: 320, height: 640 }
/** Where the demo person is who is signed in. */
const PORTO = { latitude: 41.1456, longitude: -8.6103 }
/** Land, water, coast or label, and at least one pin. */
const MAP_COLOURS_MIN = 4

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>

interface Checkin {
  readonly uri: string
  readonly author: { readonly handle: string }
  readonly place: { readonly id?: string; readonly name: string }
  readonly photos?: readonly unknown[]
}

let network: Network
let browser: Browser
let shown: Checkin
/** Who is signed in as one of the demo people. */
let mira: Cookies

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: true }), launch()])
  const { feed } = (await (await fetch(`${network.url}/xrpc/app.waypost.feed.getGlobal?limit=100`)).json()) as {
    feed: Checkin[]
  }
  assert.ok(feed.length > 30, 'the demo people have checked in')
  shown = feed.find(({ photos, place }) => photos !== undefined && place.id !== undefined)!
  mira = await cookiesOf('mira')
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

for (const [size, viewport] of Object.entries(SIZES)) {
  test(`every screen shows to whoever reads, on a ${size}, in light and dark, and nothing is too wide`, () =>
    visit({ viewport }, { size, screens: toRead(), cookies: [] }))
  test(`every screen shows to whoever is signed in, on a ${size}, in light and dark, and nothing is too wide`, async () =>
    visit({ viewport, at: PORTO }, { size, screens: signedIn(), cookies: mira }))
}

test('what everybody photographed at a place is looked at one by one, with whose it is', async () => {
  const { context, faults } = await openDevice(browser, { viewport: PHONE })
  const page = await context.newPage()
  await page.goto(`${network.url}/place/${encodeURIComponent(shown.place.id!)}`)
  const photos = page.getByRole('region', { name: 'Photos' })
  await photos.getByRole('button', { name: /^Open photo 1, by/ }).click()
  const dialog = page.getByRole('dialog', { name: /^Photo 1 of/ })
  await dialog.getByRole('img').waitFor()
  await isAccessible(page)
  await dialog.getByRole('link').click()
  await page.waitForURL(/\/checkin\//)
  assert.deepEqual(faults, [])
  await context.close()
})

test('resting on a name, or coming to it by keyboard, shows who or what it is', async () => {
  const { context, faults } = await openDevice(browser, { viewport: DESKTOP })
  const page = await context.newPage()
  await page.goto(network.url)
  const card = page.locator('.preview-card')
  const place = page.getByRole('article').first().getByRole('heading').getByRole('link')
  await place.hover()
  await card.getByText(/\d check-in/).waitFor()
  await picture(page, 'preview-desktop-light')
  await isAccessible(page)
  await page.keyboard.press('Escape')
  await card.waitFor({ state: 'detached' })
  await page.mouse.move(5, 5)
  await page.getByRole('article').first().getByRole('link').first().focus()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Tab')
  await card.getByText(/\d check-in/).waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})

async function cookiesOf(name: string): Promise<Cookies> {
  const { context } = await openDevice(browser, { viewport: DESKTOP })
  const page = await context.newPage()
  await page.goto(`${network.url}/sign-in`)
  await signInAtPds(page, `${name}.test`, network.passwordOf(name))
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  const cookies = await context.cookies()
  await context.close()
  return cookies
}

interface Visit {
  readonly size: string
  readonly screens: readonly Screen[]
  readonly cookies: Cookies
}

async function visit(device: Device, { size, screens, cookies }: Visit): Promise<void> {
  const { context, faults } = await openDevice(browser, device)
  await context.addCookies(cookies)
  const page = await context.newPage()
  for (const [name, path] of screens) {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(network.url + path)
    await page.getByRole('heading').first().waitFor()
    await page.waitForLoadState('networkidle')
    await isNarrowEnough(page)
    if (device.viewport.width < 600) {
      await page.setViewportSize(NARROWEST)
      await isNarrowEnough(page)
      await page.setViewportSize(device.viewport)
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await picture(page, `${name}-${size}-${colorScheme}`)
      if (path === '/') await mapIsDrawn(page)
      // In the dark only the colours are others.
      await isAccessible(page, colorScheme === 'light' ? {} : { only: ['color-contrast'] })
    }
  }
  assert.deepEqual(faults, [])
  await context.close()
}

async function mapIsDrawn(page: Page): Promise<void> {
  const map = page.getByRole('region', { name: 'Map of check-ins' })
  const box = await map.boundingBox()
  assert.ok(box && box.width > 200 && box.height > 150, 'the map has room')
  const colours = await coloursIn(await screenshot(page), scaled(box, await page.evaluate(() => devicePixelRatio)))
  assert.ok(colours >= MAP_COLOURS_MIN, `the map shows ${colours} colours`)
}

function scaled(box: { x: number; y: number; width: number; height: number }, by: number) {
  return { x: box.x * by, y: box.y * by, width: box.width * by, height: box.height * by }
}

type Screen = readonly [name: string, path: string]

function toRead(): readonly Screen[] {
  const [, did, , rkey] = /^at:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(shown.uri)!
  return [
    ['live', '/'],
    ['checkin', `/checkin/${did}/${rkey}`],
    ['place', `/place/${encodeURIComponent(shown.place.id!)}`],
    ['person', '/person/mira.test'],
    ['search', '/search'],
    ['sign-in', '/sign-in'],
    ['about', '/about'],
    ['settings', '/settings'],
    ['rules', '/rules'],
    ['nowhere', '/nowhere'],
  ]
}

function signedIn(): readonly Screen[] {
  return [
    ['in-live', '/'],
    ['in-map', '/?map=41.15,-8.61,4'],
    ['friends', '/friends'],
    ['friends-latest', '/friends?view=latest'],
    ['friends-board', '/friends?view=board'],
    ['check-in', '/check-in'],
    ['in-place', `/place/${encodeURIComponent(shown.place.id!)}`],
    ['in-person', '/person/mira.test'],
    ['in-person-year', '/person/mira.test?year=2024'],
    ['found', '/search?in=checkins&person=mira.test&q=ponte'],
    ['notifications', '/notifications'],
    ['lists', '/lists'],
  ]
}
