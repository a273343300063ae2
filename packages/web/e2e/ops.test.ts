/** The operator's page: the door, figures that move, one check-in on its way, and that it is whole on every screen. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { DESKTOP, isNarrowEnough, isFineEverywhere, launch, openDevice, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, signInAtPds } from './person.ts'

const PASSWORD = 'nobody else may know'
const NARROWEST = { width: 320, height: 640 }
const STAGES = ['wire', 'verify', 'log', 'project', 'live']

let network: Network
let browser: Browser
let context: BrowserContext
let page: Page
/** Somebody who checks in. */
let person: Page
let faults: string[]

before(async () => {
  const settings = { demo: true, env: { WAYPOST_OPS_PASSWORD: PASSWORD } }
  ;[network, browser] = await Promise.all([startNetwork(settings), launch()])
  const device = await openDevice(browser, { viewport: DESKTOP })
  ;({ context, faults } = device)
  page = await context.newPage()
  person = await (await openDevice(browser, { viewport: DESKTOP })).context.newPage()
  await person.goto(`${network.url}/sign-in`)
  await signInAtPds(person, 'mira.test', network.passwordOf('mira'))
  await person.getByRole('button', { name: 'Account menu' }).waitFor()
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

/** In both sizes and themes, and as narrow as it gets. */
async function look(name: string): Promise<void> {
  await isFineEverywhere(page, name, { isWhole: true })
  await page.setViewportSize(NARROWEST)
  await isNarrowEnough(page)
  await page.setViewportSize(DESKTOP)
}

test('the page opens to the right password and to no other', async () => {
  await page.goto(`${network.url}/ops`)
  const password = page.getByLabel('Password')
  await password.fill('not this one')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('That is not the password.').waitFor()
  await look('ops-door')
  await password.fill(PASSWORD)
  await page.keyboard.press('Enter')
  // Most of what the demo people did is history.
  await page.getByRole('heading', { name: /^(Check-ins arrive|Ready; nobody has checked in yet)$/ }).waitFor()
  const [cookie] = (await context.cookies()).filter(({ name }) => name === 'waypost-operator')
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, 'Strict', '/ops/api'])
  // The browser says so of every answer of 401.
  assert.deepEqual(
    faults.splice(0).filter((fault) => !/401/.test(fault)),
    [],
  )
})

test('the figures move when somebody checks in', async () => {
  // What the demo people did has gone by.
  for (const name of ['wire', 'project']) await page.locator(`[data-stage=${name}]:not([data-flowing])`).waitFor()
  await callFromPage(person, 'app.waypost.feed.createCheckin', { checkin: { place: { name: 'The lookout' } } })
  await Promise.all(STAGES.map((name) => page.locator(`[data-stage=${name}][data-flowing]`).waitFor()))
  await page.getByRole('heading', { name: 'Check-ins arrive', exact: true }).waitFor()
  const region = page.getByRole('region', { name: 'Freshness' })
  await region.getByText(/^of .* check-ins/).waitFor()
})

test('one check-in is followed through all stages, by its address or by the link of its page', async () => {
  // Somebody has to follow live for it to be delivered: the page of the other person does.
  await person.goto(network.url)
  await person.getByRole('heading', { name: /Happening now\s*Live/ }).waitFor()
  const { uri } = await callFromPage(person, 'app.waypost.feed.createCheckin', {
    checkin: { place: { name: 'Where the road turns' } },
  })
  const field = page.getByLabel('Its address, or the link of its page')
  await field.fill('nonsense')
  await page.keyboard.press('Enter')
  await page.getByText('That is no address of a check-in.').waitFor()
  await field.fill(uri)
  await page.keyboard.press('Enter')
  const steps = page.locator('.journey-steps')
  await steps.waitFor()
  for (const name of ['committed', 'received', 'verified', 'logged', 'projected', 'delivered'])
    await steps.locator(`[data-step=${name}][data-known] time`).waitFor()
  await page.getByText('On the feed', { exact: true }).waitFor()
  await field.evaluate((element) => element.closest('section')!.scrollIntoView({ block: 'start' }))
  await picture(page, 'ops-journey')
  const [, did, rkey] = /^at:\/\/([^/]+)\/.*\/([^/]+)$/.exec(uri)!
  await field.fill(`${network.url}/checkin/${did}/${rkey}`)
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  await page.locator('.journey-steps [data-step=delivered][data-known]').waitFor()
  await page.getByRole('button', { name: 'Take the newest' }).click()
  await page.waitForFunction((newest) => document.querySelector<HTMLInputElement>('#ops-uri')?.value === newest, uri)
})

test('the page is whole on a phone and on a desk, in both themes', async () => {
  await look('ops')
})

test('where the server is away the page says how old its figures are, and goes on after', async () => {
  await context.route('**/ops/api/state', (route) => route.abort())
  await page.getByText(/^No answer from the server: these figures are/).waitFor()
  await context.unroute('**/ops/api/state')
  await page.getByText(/^No answer from the server/).waitFor({ state: 'detached' })
  faults.length = 0
})

test('whoever signs out stands at the door again', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Password').waitFor()
  assert.deepEqual(
    (await context.cookies()).filter(({ name }) => name === 'waypost-operator'),
    [],
  )
})
