/** What the worker shows of what is pushed, and where it leads, in a real browser; the page beside it is any page of the site. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { DESKTOP, launch, openDevice, PATIENCE } from './browser.ts'

const WORKER = readFileSync(new URL('../dist/service-worker.js', import.meta.url))
const TOLD = { title: 'Ben likes your check-in', body: 'Café Mitte', path: '/checkin/did:plc:ben/3', tag: 'like-1' }

let browser: Browser
const site = createServer((request, response) => {
  const isWorker = request.url === '/service-worker.js'
  response.setHeader('content-type', isWorker ? 'text/javascript' : 'text/html')
  response.end(isWorker ? WORKER : '<!doctype html><title>Waypost</title>')
})

before(async () => {
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  browser = await launch()
})

after(async () => {
  await browser?.close()
  site.closeAllConnections()
  site.close()
})

test('what is pushed is shown once for each tag, with where it leads', async (t) => {
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  const { context } = await openDevice(browser, { viewport: DESKTOP })
  await context.grantPermissions(['notifications'], { origin })
  const page = await context.newPage()
  await page.goto(origin)
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/service-worker.js')
    await navigator.serviceWorker.ready
  })
  const devtools = await context.newCDPSession(page)
  const registered = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations[0] !== undefined) resolve(registrations[0].registrationId)
    })
  })
  await devtools.send('ServiceWorker.enable')
  const registrationId = await registered
  const shown = () =>
    page.evaluate(async () => {
      const worker = await navigator.serviceWorker.ready
      const all = await worker.getNotifications()
      return all.map(({ title, body, tag, data }) => ({ title, body, tag, path: (data as { path: string }).path }))
    })
  // One after another: the browser promises no order for what comes at once.
  for (const data of [TOLD, { ...TOLD, title: 'Ben and more' }, { ...TOLD, tag: 'several' }]) {
    await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(data) })
    await t.waitFor(async () => assert.ok((await shown()).some(isWhatIsTold(data))), PATIENCE)
  }
  const { path, body } = TOLD
  assert.deepEqual(
    (await shown()).toSorted((a, b) => (a.tag < b.tag ? -1 : 1)),
    [
      { title: 'Ben and more', body, tag: 'like-1', path },
      { title: TOLD.title, body, tag: 'several', path },
    ],
  )
})

function isWhatIsTold({ title, tag }: typeof TOLD): (shown: { title: string; tag: string }) => boolean {
  return (shown) => shown.title === title && shown.tag === tag
}
