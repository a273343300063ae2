/** What the worker does for pages, in a real browser: without a connection, for one person after another, and when it is new. */
import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'
import { isAccessible, launch, openDevice, PATIENCE, PHONE, photoWithGps, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, createAccount } from './person.ts'

const BERLIN = { latitude: 52.5163, longitude: 13.3777 }
const BUILT = new URL('../dist/service-worker.js', import.meta.url)
const built = readFileSync(BUILT)

let network: Network
let browser: Browser
let context: BrowserContext
let page: Page
let faults: string[]

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: false }), launch()])
  ;({ context, faults } = await openDevice(browser, { viewport: PHONE, at: BERLIN }))
  page = await context.newPage()
  await page.goto(`${network.url}/sign-in`)
  await createAccount(page, 'bookworm')
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  const place = { name: 'Siegessäule', geo: { latitude: '52.5145', longitude: '13.3501' } }
  await callFromPage(page, 'app.waypost.feed.createCheckin', { checkin: { place, text: 'Read before' } })
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
})

after(async () => {
  writeFileSync(BUILT, built)
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

test('without a connection the app opens, and shows what was read, with its age', async () => {
  await page.goto(network.url)
  // What a page read before its worker stood between them is not kept.
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await page.reload()
  await page.getByText('Read before').waitFor()
  await page
    .getByRole('link', { name: /^bookworm/ })
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: /^bookworm/ }).waitFor()
  await page.getByText('Read before').waitFor()
  await page.waitForLoadState('networkidle')
  await context.setOffline(true)
  await page.reload()
  await page.getByRole('heading', { level: 1, name: /^bookworm/ }).waitFor()
  await page.goto(network.url)
  await page.getByText('Read before').waitFor()
  // A page that a worker opens may not have heard that there is no connection, and says what it found out.
  await page.getByText(/(You are offline|The server cannot be reached)\. What you see is as of \w+day/).waitFor()
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  await picture(page, 'offline-live-phone-light')
  await isAccessible(page)
  await page.goto(`${network.url}/about`)
  await page.getByRole('heading').first().waitFor()
})

test('a pin is dropped without a connection', async (t) => {
  await context.setOffline(false)
  await page.goto(network.url)
  const map = page.waitForResponse(/gl-map/)
  await page.getByRole('link', { name: 'Check in' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).waitFor()
  await Promise.race([map, page.waitForTimeout(3_000)])
  // It is kept in spare time.
  await t.waitFor(async () => assert.ok((await keptPaths()).some((path) => path.includes('/labels-'))), PATIENCE)
  await context.setOffline(true)
  await dialog.getByRole('button', { name: 'Drop a pin' }).click()
  await dialog.locator('[data-lng]').waitFor({ state: 'attached' })
  await dialog.getByRole('button', { name: 'Places around here' }).click()
  await dialog.getByText('Places around your pin').waitFor()
  await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).waitFor()
})

test('what waits is sent by the worker, while no page of the app is open', async (t) => {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).click()
  await dialog.getByLabel(/A few words/).fill('Sent from the pocket')
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
  await page.getByRole('dialog', { name: 'Kept on this device' }).waitFor()
  const outside = await context.newPage()
  await page.close()
  await context.setOffline(false)
  await outside.goto(`${network.url}/health`)
  const devtools = await context.newCDPSession(outside)
  const registered = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${network.url}/`)
      if (own !== undefined) resolve(own.registrationId)
    })
  })
  await devtools.send('ServiceWorker.enable')
  const sync = { origin: network.url, registrationId: await registered, tag: 'waypost-outbox', lastChance: false }
  await devtools.send('ServiceWorker.dispatchSyncEvent', sync)
  const everyone = async () => (await fetch(`${network.url}/xrpc/app.waypost.feed.getGlobal`)).text()
  await t.waitFor(async () => assert.ok((await everyone()).includes('Sent from the pocket')), PATIENCE)
  page = outside
})

test('a new version waits until it is asked for, and never while somebody composes', async () => {
  await page.goto(network.url)
  await page.getByText('Sent from the pocket').waitFor()
  appendFileSync(BUILT, '\n// newer\n')
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
  const offer = page.getByRole('button', { name: 'New version: reload' })
  await offer.waitFor()
  await page.getByRole('link', { name: 'Check in' }).first().click()
  await page.getByRole('dialog').waitFor()
  assert.equal(await offer.count(), 0)
  await page.getByRole('button', { name: 'Close' }).first().click()
  await page.evaluate(() => Object.assign(window, { isOld: true }))
  await offer.click()
  await page.waitForFunction(() => !('isOld' in window))
  await page.getByText('Read before').waitFor()
  assert.equal(await offer.count(), 0)
})

test('a photo that is shared with the app is on a new check-in', async () => {
  await page.goto(network.url)
  await page.getByText('Read before').waitFor()
  const photo = [...(await photoWithGps())]
  await page.evaluate(async (bytes) => {
    const form = new FormData()
    form.append('text', 'Shared words')
    form.append('photos', new File([new Uint8Array(bytes)], 'IMG_0001.jpg', { type: 'image/jpeg' }))
    await fetch('/share', { method: 'POST', body: form })
  }, photo)
  await page.goto(`${network.url}/check-in`)
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/Places around/).waitFor()
  await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).click()
  await dialog.getByText(/location removed/).waitFor()
  assert.equal(await dialog.getByLabel(/A few words/).inputValue(), 'Shared words')
})

test('the app can be installed, and says how many notifications are new on its icon', async () => {
  const devtools = await context.newCDPSession(page)
  const { errors, data } = await devtools.send('Page.getAppManifest')
  assert.deepEqual(errors, [])
  const { icons } = JSON.parse(data!) as { icons: { src: string; sizes: string }[] }
  for (const { src, sizes } of icons.filter(({ sizes }) => sizes !== 'any')) {
    const { width, height } = await sharp(Buffer.from(await (await fetch(network.url + src)).arrayBuffer())).metadata()
    assert.equal(`${width}x${height}`, sizes)
  }
  // In private windows, which these are, Chromium installs nothing.
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
    [],
  )
  await page.addInitScript(() => {
    navigator.setAppBadge = async (count) => void (document.documentElement.dataset['badge'] = String(count))
  })
  await page.goto(network.url)
  await page.locator('html[data-badge="0"]').waitFor({ state: 'attached' })
})

test('nothing is kept of what was written, and signing out forgets what was read', async () => {
  const kept = await keptPaths()
  assert.ok(
    kept.some((path) => path.includes('feed.getTimeline') || path.includes('feed.getGlobal')),
    kept.join('\n'),
  )
  assert.deepEqual(
    kept.filter((path) => /feed\.(create|delete)|oauth/.test(path)),
    [],
  )
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
  const names = await page.evaluate(() => caches.keys())
  assert.deepEqual(
    names.filter((name) => name.includes('did:')),
    [],
  )
  await context.setOffline(true)
  await page.goto(`${network.url}/?feed=following`)
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
  assert.equal(await page.getByRole('button', { name: 'Account menu' }).count(), 0)
  await context.setOffline(false)
})

test('the worker did nothing that the content security policy forbids', () => {
  // What cannot be loaded without a connection is complained about as well.
  assert.deepEqual(
    faults.filter((fault) => fault.includes('Content Security Policy')),
    [],
  )
})

function keptPaths(): Promise<string[]> {
  return page.evaluate(async () => {
    const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
    return all.flat().map(({ url }) => new URL(url).pathname)
  })
}
