/**
 * Checking in without a connection, in a real browser with two tabs: it is kept on the device, shown on top, changed,
 * sent once when there is a connection again, and never by anybody else. One story told in order.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { isAccessible, launch, openDevice, PHONE, photoWithGps, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { createAccount } from './person.ts'

const BERLIN = { latitude: 52.5163, longitude: 13.3777 }
/** As long as a text may be in graphemes, and longer in bytes: the server refuses it. */
const TOO_MANY_BYTES = '👩‍👩‍👧‍👦'.repeat(200)
/** What a device without room gives to a site. */
const NO_BYTES = 1

let network: Network
let browser: Browser
let context: BrowserContext
let page: Page
/** The texts of the check-ins that were written, by whom. The page knows of it a moment before we do. */
const written: string[] = []

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: false }), launch()])
  await openPhone()
  await signUp('offline')
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

test('without a connection the places are those that the device knows', async () => {
  await page.goto(network.url)
  await composer()
  await place().waitFor()
  await page.getByRole('button', { name: 'Close' }).first().click()
  await context.setOffline(true)
  await composer()
  await place().waitFor()
  await page.getByText('these are places that this device knows').waitFor()
  await page.getByRole('searchbox', { name: 'Search for a place' }).fill('Brandenbruger')
  await place().waitFor()
  await picture(page, 'offline-places-phone-light')
})

test('a check-in made offline is kept with its photo, and shown on top as still to be sent', async () => {
  await checkInHere('Out of reach', await photoWithGps())
  await page.getByRole('dialog', { name: 'Kept on this device' }).getByRole('button', { name: 'Done' }).click()
  const card = waiting('Out of reach')
  await card.getByText('Will send as soon as there is a connection.').waitFor()
  await card.getByRole('img').waitFor()
  await picture(page, 'offline-waiting-phone-light')
  await isAccessible(page)
})

test('it is changed while it waits, and what was changed is kept', async () => {
  await waiting('Out of reach').getByRole('button', { name: 'Edit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Describe photo 1' }).fill('A sunset')
  await page.getByRole('button', { name: 'Close' }).first().click()
  await waiting('Out of reach').getByText('you were changing it').waitFor()
  await waiting('Out of reach').getByRole('button', { name: 'Go on' }).click()
  await dialog.getByLabel(/A few words/).fill('Out of reach, and changed')
  await dialog.getByRole('textbox', { name: 'Describe photo 1' }).fill('A sunset')
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
  await page.getByRole('dialog', { name: 'Kept on this device' }).getByRole('button', { name: 'Done' }).click()
  await waiting('Out of reach, and changed').waitFor()
  assert.equal(await page.getByRole('region', { name: 'Not sent yet' }).getByRole('article').count(), 1)
})

test('with a connection again it is sent once, though two tabs have it', async () => {
  await context.setOffline(false)
  const second = await context.newPage()
  await Promise.all([second.goto(network.url), page.evaluate(() => window.dispatchEvent(new Event('online')))])
  for (const tab of [page, second]) {
    // Where the other tab has sent it, it is news here.
    const arrived = tab.getByRole('article').filter({ hasText: 'Out of reach, and changed' })
    await arrived
      .or(tab.getByRole('button', { name: /1 new/ }))
      .first()
      .waitFor()
    await tab.getByRole('region', { name: 'Not sent yet' }).waitFor({ state: 'detached' })
  }
  const feed = await everyone()
  assert.deepEqual(
    feed.map(({ text }) => text),
    ['Out of reach, and changed'],
  )
  assert.equal(feed[0]?.photos?.[0]?.alt, 'A sunset')
  await page.waitForLoadState('networkidle')
  assert.deepEqual(written, ['Out of reach, and changed'])
  await second.close()
})

test('one that waits is thrown away', async () => {
  await context.setOffline(true)
  await composer()
  await checkInHere('Not meant')
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
  await waiting('Not meant').getByRole('button', { name: 'Throw away' }).click()
  await waiting('Not meant').waitFor({ state: 'detached' })
  await context.setOffline(false)
})

test('what the server refuses is said, stays, and is changed', async () => {
  await page.reload()
  await composer()
  await checkInHere(TOO_MANY_BYTES)
  await page.getByRole('dialog').getByRole('alert').waitFor()
  await page.getByRole('button', { name: 'Close' }).first().click()
  await page.reload()
  const refused = page.getByRole('region', { name: 'Not sent yet' })
  await refused.getByText(/^Not sent:/).waitFor()
  await picture(page, 'offline-refused-phone-light')
  await refused.getByRole('button', { name: 'Edit' }).click()
  await page
    .getByRole('dialog')
    .getByLabel(/A few words/)
    .fill('Short enough')
  await page.getByRole('dialog').getByRole('button', { name: 'Check in', exact: true }).click()
  await page.getByRole('dialog', { name: 'You’re checked in' }).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
  await refused.waitFor({ state: 'detached' })
  await page.waitForLoadState('networkidle')
  assert.equal(written.at(-1), 'Short enough')
})

test('nobody but its author sends it, and the author does after signing in again', async () => {
  await context.setOffline(true)
  await composer()
  await checkInHere('Only mine')
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
  await waiting('Only mine').waitFor()
  const cookies = await context.cookies(network.url)
  await context.clearCookies()
  await context.setOffline(false)
  await page.goto(network.url)
  await page.getByText('1 check-in on this device not sent yet').waitFor()
  assert.equal(await page.getByText('Only mine').count(), 0, 'whoever is signed out does not read it')

  await signUp('somebody')
  await page.goto(network.url)
  await page.getByText('1 check-in of another account').waitFor()
  assert.equal(await page.getByText('Only mine').count(), 0)
  assert.equal(written.includes('Only mine'), false)

  await context.clearCookies()
  await context.addCookies(cookies)
  await page.goto(network.url)
  await page.getByText('Your check-in at Brandenburger Tor is sent.').waitFor()
  await page.waitForLoadState('networkidle')
  assert.equal(written.filter((text) => text === 'Only mine').length, 1)
})

test('a device without room says so, and sends it all the same', async () => {
  const cookies = await context.cookies(network.url)
  await context.close()
  // Another device: a browser looks at its room now and then only.
  await openPhone()
  await context.addCookies(cookies)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: network.url, quotaSize: NO_BYTES })
  await page.goto(network.url)
  await composer()
  await place().waitFor()
  await context.setOffline(true)
  await checkInHere('No room', await photoWithGps())
  await page.getByText('This device has no room to keep your check-in').waitFor()
  await context.setOffline(false)
  await page.getByRole('dialog').getByRole('button', { name: 'Check in', exact: true }).click()
  await page.getByRole('dialog', { name: 'You’re checked in' }).waitFor()
  await page.waitForLoadState('networkidle')
  assert.equal(written.at(-1), 'No room')
})

async function openPhone(): Promise<void> {
  ;({ context } = await openDevice(browser, { viewport: PHONE, at: BERLIN }))
  page = await context.newPage()
  context.on('requestfinished', (request) => {
    if (!request.url().endsWith('feed.createCheckin')) return
    const { checkin } = request.postDataJSON() as { checkin: { text?: string } }
    void request.response().then((response) => {
      if (response?.ok()) written.push(checkin.text ?? '')
    })
  })
}

async function signUp(name: string): Promise<void> {
  await page.goto(`${network.url}/sign-in`)
  await createAccount(page, name)
  await page.waitForURL(`${network.url}/**`)
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
}

async function composer(): Promise<void> {
  await page.getByRole('link', { name: 'Check in' }).first().click()
  await page.getByRole('dialog').waitFor()
}

function place() {
  return page.getByRole('dialog').getByRole('button', { name: /^Brandenburger Tor/ })
}

async function checkInHere(text: string, photo?: Buffer): Promise<void> {
  const dialog = page.getByRole('dialog')
  await place().click()
  await dialog.getByLabel(/A few words/).fill(text)
  if (photo !== undefined) {
    const file = { name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer: photo }
    await dialog.getByLabel('Photo files').setInputFiles(file)
    await dialog.getByText(/location removed/).waitFor()
  }
  await dialog.getByRole('button', { name: 'Check in', exact: true }).click()
}

function waiting(text: string) {
  return page.getByRole('region', { name: 'Not sent yet' }).getByRole('article').filter({ hasText: text })
}

async function everyone(): Promise<{ text?: string; photos?: { alt?: string }[] }[]> {
  const answer = await fetch(`${network.url}/xrpc/app.waypost.feed.getGlobal`)
  return ((await answer.json()) as { feed: { text?: string; photos?: { alt?: string }[] }[] }).feed
}
