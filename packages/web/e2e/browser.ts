import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import axe from 'axe-core'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import sharp from 'sharp'
import { ensureChromium } from '../../../tools/chromium.ts'

const SCREENS = resolve(import.meta.dirname, '../../../.screens')

/** No traffic of the browser's own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--enable-unsafe-swiftshader',
]
/** Drawn by the processor, which takes a third less time; the moving map alone is told that there is a graphics card. */
const WITHOUT_CARD = ['--disable-gpu']
/** As if there were a graphics card, as on a phone, which keeps drawing off the thread that scripts run on. */
const WITH_CARD = ['--use-gl=angle', '--use-angle=swiftshader']

/** Nothing takes so long but on a machine that does much else. */
const STEP_MS_MAX = 60_000
/** For `waitFor` of a test, whatever it waits for; milliseconds. */
export const PATIENCE = { interval: 50, timeout: STEP_MS_MAX }
/** A map that is drawn without a graphics card holds everything else up. */
const PICTURE_MS_MAX = 60_000

export const PHONE = { width: 390, height: 844 }
const NARROW_PHONE = { width: 360, height: 780 }
export const DESKTOP = { width: 1_440, height: 900 }

export function launch(
  flags: readonly string[] = [],
  { hasCard = false }: { readonly hasCard?: boolean } = {},
): Promise<Browser> {
  const drawing = hasCard ? WITH_CARD : WITHOUT_CARD
  return chromium.launch({ executablePath: ensureChromium(), args: [...FLAGS, ...drawing, ...flags] })
}

export interface Device {
  readonly viewport: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  /** Where the device says that it is; location is allowed then. */
  readonly at?: { readonly latitude: number; readonly longitude: number }
  /** Without a service worker, past which the test can answer requests itself. */
  readonly isWithoutWorker?: boolean
}

/** A browser of its own, with what went wrong in its pages collected. */
export async function openDevice(
  browser: Browser,
  device: Device,
): Promise<{ context: BrowserContext; faults: string[] }> {
  const { viewport, colorScheme = 'light', at, isWithoutWorker = false } = device
  const context = await browser.newContext({
    viewport,
    colorScheme,
    deviceScaleFactor: viewport.width < 600 ? 2 : 1,
    hasTouch: viewport.width < 600,
    isMobile: viewport.width < 600,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    serviceWorkers: isWithoutWorker ? 'block' : 'allow',
    ...(at ? { geolocation: { ...at, accuracy: 12 }, permissions: ['geolocation'] } : {}),
  })
  context.setDefaultTimeout(STEP_MS_MAX)
  const faults: string[] = []
  context.on('weberror', (error) => faults.push(String(error.error())))
  context.on('console', (message) => {
    // What other servers' pages print (the PDS's sign-in) is not ours to judge.
    if (message.type() === 'error' && message.page()?.url().startsWith('http://127.0.0.1')) faults.push(message.text())
  })
  return { context, faults }
}

/** Where somebody wants to look at them: leaves a picture in the ignored folder `.screens`. */
export async function picture(page: Page, name: string, options?: PictureOptions): Promise<void> {
  if (process.env['PICTURES'] === undefined) return
  mkdirSync(SCREENS, { recursive: true })
  writeFileSync(join(SCREENS, `${name}.png`), await screenshot(page, options))
}

export async function screenshot(page: Page, { isWhole = false }: PictureOptions = {}): Promise<Buffer> {
  // Two frames: a map that was told of other colours has them in the next one.
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  })
  return page.screenshot({ animations: 'disabled', fullPage: isWhole, timeout: PICTURE_MS_MAX })
}

interface PictureOptions {
  /** Of all that can be scrolled to. */
  readonly isWhole?: boolean
}

/** What axe finds wrong: the rules of WCAG 2.2 AA that a machine can check, save those in `except`; or `only` these. */
export async function isAccessible(
  page: Page,
  { except = [], only }: { readonly except?: readonly string[]; readonly only?: readonly string[] } = {},
) {
  await page.evaluate(axe.source)
  const found = await page.evaluate(
    async ({ except: left, only: values }) => {
      // A theme that was just changed shows with the next picture.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      const rules = Object.fromEntries(left.map((id) => [id, { enabled: false }]))
      const which = values === undefined ? { rules } : { runOnly: { type: 'rule' as const, values: [...values] } }
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, which)
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
    },
    { except, only },
  )
  assert.deepEqual(found, [], page.url())
}

/** Nothing to scroll sideways; what sticks out, and is not the size of the screen anyway, is named. */
export async function isNarrowEnough(page: Page): Promise<void> {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return undefined
    const sticksOut = [...document.querySelectorAll('body *')].filter((element) => {
      const { left, right } = element.getBoundingClientRect()
      const isElsewhere = element.closest('svg, .map, .tabs, .toasts, .new-version, .offline') !== null
      return !isElsewhere && (right - clientWidth > 1 || left < -1)
    })
    const deepest = sticksOut.filter((element) => !sticksOut.some((one) => one !== element && element.contains(one)))
    return { px: scrollWidth - clientWidth, of: deepest.slice(0, 5).map((element) => element.outerHTML.slice(0, 200)) }
  })
  assert.equal(wide, undefined, `${page.url()} is ${wide?.px} px too wide: ${wide?.of.join(' · ')}`)
}

/** How many clearly different colours a region of a picture has: a blank map has one or two. */
export async function coloursIn(
  png: Buffer,
  region: { x: number; y: number; width: number; height: number },
): Promise<number> {
  const { x, y, width, height } = region
  const { data, info } = await sharp(png)
    .extract({ left: Math.round(x), top: Math.round(y), width: Math.round(width), height: Math.round(height) })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const counts = new Map<number, number>()
  for (let at = 0; at < data.length; at += info.channels) {
    const colour = ((data[at]! >> 4) << 8) | ((data[at + 1]! >> 4) << 4) | (data[at + 2]! >> 4)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const enough = (width * height) / 500
  return [...counts.values()].filter((count) => count > enough).length
}

/** A photo as a phone takes it: large, and with the place where it was taken inside. */
export function photoWithGps(): Promise<Buffer> {
  const sky = `<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="2000"><defs><linearGradient id="s" x2="0" y2="1">
    <stop offset="0" stop-color="#27406b"/><stop offset=".6" stop-color="#e58b5b"/><stop offset="1" stop-color="#f7d9a0"/>
    </linearGradient></defs><rect width="3000" height="2000" fill="url(#s)"/><circle cx="2100" cy="1150" r="190" fill="#fff1cf"/>
    <path d="M0 2000V1500L600 1200 1100 1480 1700 1050 2400 1450 3000 1250V2000Z" fill="#1d2b40"/></svg>`
  return sharp(Buffer.from(sky))
    .jpeg({ quality: 90 })
    .withExif({
      IFD0: { Make: 'Waypost Camera' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '52/1 30/1 5800/100',
        GPSLongitudeRef: 'E',
        GPSLongitude: '13/1 22/1 3900/100',
      },
    })
    .toBuffer()
}

/**
 * What stands there now is accessible and not too wide, on a narrow phone and on a desk, in both themes; leaves pictures of it, and
 * the page in the size that it had, light.
 */
export async function isFineEverywhere(page: Page, name: string, options?: PictureOptions): Promise<void> {
  const before = page.viewportSize()!
  for (const [size, viewport] of Object.entries({ phone: NARROW_PHONE, desktop: DESKTOP })) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      // A picture ends what is still on its way from one colour to the other.
      await picture(page, `${name}-${size}-${colorScheme}`, options)
      await isAccessible(page)
      await isNarrowEnough(page)
    }
  }
  await page.setViewportSize(before)
}
