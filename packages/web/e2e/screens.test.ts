/** Pictures of every screen, with the demo people in them, to be looked at; and that the map isn't blank on them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import {
  coloursIn,
  DESKTOP,
  isAccessible,
  isNarrowEnough,
  launch,
  openDevice,
  PHONE,
  picture,
  type Device,
} from './browser.ts'
import { startNetwork, type Network } from './network.ts'

/** Land, water, coast or label, and at least one pin. */
const MAP_COLOURS_MIN = 4

interface Checkin {
  readonly uri: string
  readonly author: { readonly handle: string }
  readonly place: { readonly id?: string; readonly name: string }
  readonly photos?: readonly unknown[]
}

let network: Network
let browser: Browser
let shown: Checkin

before(async () => {
  network = await startNetwork({ demo: true })
  browser = await launch()
  const { feed } = (await (await fetch(`${network.url}/xrpc/app.waypost.feed.getGlobal?limit=100`)).json()) as {
    feed: Checkin[]
  }
  assert.ok(feed.length > 30, 'the demo people have checked in')
  shown = feed.find(({ photos, place }) => photos !== undefined && place.id !== undefined)!
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

for (const [size, viewport] of [
  ['phone', PHONE],
  ['desktop', DESKTOP],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every screen shows on a ${size} in ${colorScheme}`, () =>
      visit({ viewport, colorScheme }, `${size}-${colorScheme}`))
  }
}

test('the narrowest phone has nothing to scroll sideways', async () => {
  const { context } = await openDevice(browser, { viewport: { width: 320, height: 640 } })
  const page = await context.newPage()
  for (const path of paths()) {
    await page.goto(network.url + path)
    await page.getByRole('heading').first().waitFor()
    await isNarrowEnough(page)
  }
  await context.close()
})

async function visit(device: Device, suffix: string): Promise<void> {
  const { context, faults } = await openDevice(browser, device)
  const page = await context.newPage()
  await page.goto(network.url)
  await page.getByRole('article').first().waitFor()
  await mapIsDrawn(page, suffix)
  await isAccessible(page)
  for (const path of paths()) {
    if (path === '/') continue
    await page.goto(network.url + path)
    await page.getByRole('heading').first().waitFor()
    await page.waitForLoadState('networkidle')
    await picture(page, `${nameOf(path)}-${suffix}`)
    await isAccessible(page)
  }
  assert.deepEqual(faults, [])
  await context.close()
}

async function mapIsDrawn(page: Page, suffix: string): Promise<void> {
  const map = page.getByRole('region', { name: 'Map of check-ins' })
  await page.waitForLoadState('networkidle')
  const box = await map.boundingBox()
  assert.ok(box && box.width > 200 && box.height > 150, 'the map has room')
  const colours = await coloursIn(
    await picture(page, `live-${suffix}`),
    scaled(box, await page.evaluate(() => devicePixelRatio)),
  )
  assert.ok(colours >= MAP_COLOURS_MIN, `the map shows ${colours} colours`)
}

function scaled(box: { x: number; y: number; width: number; height: number }, by: number) {
  return { x: box.x * by, y: box.y * by, width: box.width * by, height: box.height * by }
}

function paths(): readonly string[] {
  const [, did, , rkey] = /^at:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(shown.uri)!
  return [
    '/',
    `/checkin/${did}/${rkey}`,
    `/place/${encodeURIComponent(shown.place.id!)}`,
    `/person/${shown.author.handle}`,
    '/search',
    '/sign-in',
    '/about',
    '/nowhere',
  ]
}

function nameOf(path: string): string {
  return path.split('/')[1]!
}
