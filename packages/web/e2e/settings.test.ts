/** The page of settings: what it keeps, what one takes along, and what one takes back. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { isAccessible, isFineEverywhere, launch, openDevice, PHONE, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, createAccount } from './person.ts'

let network: Network
let browser: Browser
let page: Page
let faults: string[]

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: false }), launch()])
  const device = await openDevice(browser, { viewport: PHONE })
  faults = device.faults
  page = await device.context.newPage()
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

test('whoever is not signed in sets the appearance, and is invited to the rest', async () => {
  await page.goto(`${network.url}/settings`)
  await page.getByRole('group', { name: 'Appearance' }).waitFor()
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
  await createAccount(page, 'keeper')
  await page.waitForURL(`${network.url}/settings`)
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
})

test('the page is whole on a phone and on a desk, in both themes', async () => {
  await page.getByText('This browser').waitFor()
  await isFineEverywhere(page, 'settings')
})

test('how exactly one usually tells one’s position is still so after coming back', async () => {
  await page.getByText('Area', { exact: true }).click()
  await page.reload()
  await page.getByRole('radio', { name: 'Area' }).and(page.locator(':checked')).waitFor({ state: 'attached' })
})

test('all check-ins come along as a file', async () => {
  for (const name of ['One', 'Two']) {
    await callFromPage(page, 'app.waypost.feed.createCheckin', { checkin: { place: { name } } })
  }
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  const file = await coming
  assert.equal(file.suggestedFilename(), 'waypost-checkins.csv')
  assert.match(await readFile(await file.path(), 'utf8'), /Two[^]*One/)
})

test('records are deleted once their person has typed who they are', async () => {
  await page.getByRole('button', { name: 'Delete my records' }).click()
  const dialog = page.getByRole('dialog')
  const button = dialog.getByRole('button', { name: 'Delete for good' })
  assert.equal(await button.isDisabled(), true)
  await dialog.getByRole('textbox').fill('keeper.tes')
  assert.equal(await button.isDisabled(), true)
  await dialog.getByRole('textbox').fill('keeper.test')
  await picture(page, 'settings-delete')
  await isAccessible(page)
  await button.click()
  await dialog.getByText('Done: 2 records deleted.').waitFor()
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
})

test('signing out everywhere ends here too', async () => {
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.waitForURL(`${network.url}/`)
  await page.goto(`${network.url}/settings`)
  await page.getByText('The rest needs an account').waitFor()
  assert.deepEqual(faults, [])
})
