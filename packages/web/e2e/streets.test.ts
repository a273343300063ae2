/** Street-level maps from an archive of tiles, in both themes: drawn, labelled, attributed, and asked of nobody else. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { coloursIn, DESKTOP, launch, openDevice, picture, screenshot } from './browser.ts'
import { startNetwork, type Network } from './network.ts'

const DATA = resolve(import.meta.dirname, '../../../../shared/data/basemap')
/** How many colours there are at least: streets, blocks, parks and labels; the built-in world has three that near. */
const archives = [
  { name: 'manhattan-midtown', at: '40.748,-73.986,15', colours: 6 },
  { name: 'sf-downtown', at: '37.789,-122.401,15', colours: 6 },
]

let browser: Browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

async function mapPicture(page: Page, name: string): Promise<number> {
  const map = page.locator('.map[data-ready]').first()
  // A street map that is drawn without a graphics card takes its time.
  await map.waitFor({ timeout: 120_000 })
  const box = (await map.boundingBox())!
  await picture(page, name)
  return coloursIn(await screenshot(page), box)
}

for (const { name, at, colours } of archives) {
  const file = resolve(DATA, `${name}.pmtiles`)
  const skip = existsSync(file) ? false : `${file} is not here`
  test(`the map is drawn from ${name}, light and dark`, { skip }, async () => {
    await using network: Network = await startNetwork({ demo: false, env: { WAYPOST_TILES: file } })
    for (const colorScheme of ['light', 'dark'] as const) {
      const { context, faults } = await openDevice(browser, { viewport: DESKTOP, colorScheme })
      const page = await context.newPage()
      const asked: string[] = []
      page.on('request', (request) => void asked.push(request.url()))
      await page.goto(`${network.url}/?map=${at}`)
      const found = await mapPicture(page, `streets-${name}-${colorScheme}`)
      assert.ok(found >= colours, `${found} colours in ${colorScheme}`)
      assert.match(await page.locator('.map-attribution').first().innerText(), /OpenStreetMap.*Natural Earth/)
      assert.ok(asked.some((url) => url.includes('/tiles/')))
      assert.deepEqual(
        asked.filter((url) => !url.startsWith(network.url) && !/^(data|blob):/.test(url)),
        [],
      )
      assert.deepEqual(faults, [])
      await context.close()
    }
  })
}
