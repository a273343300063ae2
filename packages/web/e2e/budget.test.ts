/** A server whose budget is spent: what people are told, what its operator sees, and that they can have it passed over. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { DESKTOP, isFineEverywhere, launch, openDevice, PATIENCE } from './browser.ts'
import { startNetwork, type Network } from './network.ts'

const PASSWORD = 'nobody else may know'
/** The directory of places alone is four times as large: pictures and search are left out, and nothing else. */
const BUDGET = {
  limits: {
    diskGib: { total: 0.014 },
    egressGib: { day: 2, month: 40 },
    images: { day: 20_000 },
    money: { month: 25 },
  },
  hardAt: 10,
  prices: { name: 'our provider', currency: 'EUR', cpuCoreHour: 0.01, memoryGibHour: 0.004, diskGibMonth: 0.05 },
}

let network: Network
let browser: Browser
let context: BrowserContext
let page: Page
let faults: string[]

before(async () => {
  const env = { WAYPOST_OPS_PASSWORD: PASSWORD, WAYPOST_BUDGET: JSON.stringify(BUDGET) }
  ;[network, browser] = await Promise.all([startNetwork({ demo: true, env }), launch()])
  ;({ context, faults } = await openDevice(browser, { viewport: DESKTOP }))
  page = await context.newPage()
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

const look = (name: string) => isFineEverywhere(page, name, { isWhole: true })

const banner = () => page.getByText('this server leaves out for now: new pictures and search.')

async function leftOut(): Promise<readonly string[] | undefined> {
  const answer = await fetch(`${network.url}/xrpc/app.waypost.server.getInfo`)
  return ((await answer.json()) as { readonly shed?: readonly string[] }).shed
}

test('people are told what is left out, and asked to come again where they come upon it', async (t) => {
  // A server adds up its files every ten seconds: the first time, the places may not have been among them.
  await t.waitFor(async () => assert.deepEqual(await leftOut(), ['images', 'search']), PATIENCE)
  await page.goto(network.url)
  await banner().waitFor()
  await look('budget-banner')
  await page.goto(`${network.url}/search?q=lookout`)
  await page.getByText('This server leaves that out for now').first().waitFor()
  await look('budget-search')
  assert.deepEqual(
    faults.splice(0).filter((fault) => !/503/.test(fault)),
    [],
  )
})

test('the operator sees each limit, what is left out and what it costs', async () => {
  await page.goto(`${network.url}/ops`)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'The budget is spent: 2 things are left out' }).waitFor()
  const region = page.getByRole('region', { name: 'Budget and cost' })
  await region.getByText('Left out now: Pictures and Search.').waitFor()
  await region.getByText('Files, in all').waitFor()
  assert.match(await region.getByText(/of 14\.3 MiB/).innerText(), /^\d+(\.\d+)? MiB of/)
  await region.getByText('Prices: our provider.').waitFor()
  assert.match(await region.getByRole('row', { name: /^A million check-ins/ }).innerText(), /EUR/)
  await look('budget-ops')
})

test('they have it passed over, and take that back', async () => {
  const region = page.getByRole('region', { name: 'Budget and cost' })
  await region.getByLabel('For how long').selectOption('6 hours')
  await region.getByRole('button', { name: 'Pass over it' }).click()
  await region.getByText(/^Passed over until/).waitFor()
  await page.getByRole('heading', { name: 'Check-ins arrive; the budget is passed over' }).waitFor()
  await look('budget-overridden')
  const other = await context.newPage()
  await other.goto(`${network.url}/search?q=lookout`)
  await other.getByRole('heading', { level: 1 }).waitFor()
  await other.waitForLoadState('networkidle')
  assert.equal(await other.getByText('leaves out for now').count(), 0)
  await other.close()
  await region.getByRole('button', { name: 'Take that back' }).click()
  await region.getByText('Left out now: Pictures and Search.').waitFor()
})
