/** A companion on Bluesky: asked for once, written with the check-in, deleted with it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { isAccessible, launch, openDevice, PHONE, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { createAccount } from './person.ts'

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

/** Whether the check-in that the page shows has a post. */
function hasPost(): Promise<boolean> {
  return page.evaluate(async () => {
    const [did, rkey] = location.pathname.split('/').slice(2)
    const uri = encodeURIComponent(`at://${did}/app.waypost.checkin/${rkey}`)
    const answer = await fetch(`/xrpc/app.waypost.feed.getPost?uri=${uri}`)
    return ((await answer.json()) as { exists: boolean }).exists
  })
}

test('whoever turns it on allows posts at their own server, and comes back to the same check-in', async () => {
  await page.goto(`${network.url}/sign-in`)
  await createAccount(page, 'poster')
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  await page.evaluate(() => {
    const draft = { place: { name: 'The lighthouse' }, text: 'All the way up.', companions: [] }
    sessionStorage.setItem('waypost-draft', JSON.stringify(draft))
  })
  await page.goto(`${network.url}/check-in`)
  const choice = page.getByRole('switch', { name: 'Post on Bluesky too' })
  assert.equal(await choice.isChecked(), false)
  await choice.check()
  const allow = page.getByRole('button', { name: 'Allow posts' })
  await allow.waitFor()
  await allow.scrollIntoViewIfNeeded()
  await picture(page, 'cross-post')
  await isAccessible(page)
  await allow.click()
  const password = page.getByRole('textbox', { name: 'Password' })
  await password.fill('a long enough password')
  await password.press('Enter')
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.waitForURL(`${network.url}/check-in`)
  await page.getByText('Your words and photos, with a link to the check-in.').waitFor()
  assert.equal(await choice.isChecked(), true)
})

test('the post is written with the check-in', async () => {
  await page.getByRole('dialog').getByRole('button', { name: 'Check in', exact: true }).click()
  await page.getByRole('link', { name: 'See your check-in' }).click()
  await page.getByText('All the way up.').waitFor()
  assert.equal(await hasPost(), true)
})

test('the post is deleted with the check-in, unless its author wants to keep it', async () => {
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('checkbox', { name: 'Delete its post on Bluesky too' }).waitFor()
  await picture(page, 'cross-post-delete')
  const deleted = page.waitForResponse((answer) => answer.url().endsWith('app.waypost.feed.deletePost'))
  await page.getByRole('button', { name: 'Delete check-in' }).click()
  assert.equal((await deleted).status(), 200)
  await page.getByText('Check-in deleted').waitFor()
  assert.deepEqual(faults, [])
})
