/** The gallery of components, as whoever works on the client sees it: it is in no build, so it comes from Vite itself. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { createServer, type ViteDevServer } from 'vite'
import { freePort } from '../../../tools/free-port.ts'
import { DESKTOP, isAccessible, isNarrowEnough, launch, openDevice, PHONE, picture } from './browser.ts'

let vite: ViteDevServer
let browser: Browser
let url: string

before(async () => {
  const port = await freePort()
  vite = await createServer({
    configFile: resolve(import.meta.dirname, '../vite.config.ts'),
    logLevel: 'silent',
    server: { port, strictPort: true, hmr: false, proxy: {} },
  })
  await vite.listen()
  url = `http://127.0.0.1:${port}/ui`
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await vite?.close()
})

for (const [size, viewport] of [
  ['phone', PHONE],
  ['desktop', DESKTOP],
] as const) {
  test(`every component in every state is accessible on a ${size}, in both directions of writing`, async () => {
    const { context } = await openDevice(browser, { viewport })
    const page = await context.newPage()
    await page.goto(url)
    await page.getByRole('heading', { name: 'Components' }).waitFor()
    await page.getByRole('slider').first().waitFor()
    for (const [direction, words] of [
      ['ltr', 'Left to right'],
      ['rtl', 'Right to left'],
    ] as const) {
      await page.getByRole('button', { name: words }).click()
      // Light and dark stand side by side, so everything that has a name is there twice.
      await isAccessible(page, { except: ['landmark-unique'] })
      await isNarrowEnough(page)
      await picture(page, `ui-${direction}-${size}`)
    }
    await page.getByRole('button', { name: 'Open a dialog: sheet' }).click()
    await page.getByRole('dialog', { name: 'A dialog: sheet' }).waitFor()
    await isAccessible(page, { except: ['landmark-unique'] })
    await page.keyboard.press('Escape')
    assert.equal(await page.getByRole('dialog').count(), 0)
    await context.close()
  })
}
