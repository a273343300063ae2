/**
 * The same screens in other languages on the narrowest phones: nothing is left in English, and nothing is too wide. One
 * of them is nobody's: it is written from right to left and says everything at greater length.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { tid } from '../src/compose/tid.ts'
import { de } from '../src/language/de.ts'
import { en } from '../src/language/en.ts'
import { enPages } from '../src/language/en-pages.ts'
import { ja } from '../src/language/ja.ts'
import { isAccessible, isNarrowEnough, launch, openDevice, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, createAccount } from './person.ts'

const BERLIN = { latitude: 52.5163, longitude: 13.3777 }
const GATE = {
  name: 'Brandenburger Tor',
  category: 'culture.landmark',
  geo: { latitude: '52.51628', longitude: '13.37770' },
  address: { country: 'DE', locality: 'Berlin' },
  refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '1' }],
}
const NARROW = { width: 320, height: 640 }
const SMALL = { width: 360, height: 740 }

let network: Network
let browser: Browser
let context: BrowserContext
let faults: string[]
let page: Page

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: false }), launch()])
  // The worker would answer with its own copies of the words that are changed here.
  ;({ context, faults } = await openDevice(browser, { viewport: SMALL, at: BERLIN, isWithoutWorker: true }))
  page = await context.newPage()
  await page.goto(`${network.url}/sign-in`)
  await createAccount(page, 'ana')
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  const checkin = { place: GATE, text: 'Ein langer Tag am Tor' }
  await callFromPage(page, 'app.waypost.feed.createCheckin', { checkin, rkey: tid(Date.now(), 0) })
  await callFromPage(page, 'app.waypost.tip.create', { place: GATE, text: 'Früh kommen' })
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

test('German is chosen in the menu, and spoken on every screen', async () => {
  await page.goto(network.url)
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('combobox', { name: 'Language' }).selectOption('Deutsch')
  await page.getByRole('heading', { name: de.live.happening }).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'de')
  await lookAround('de', de)
})

test('Japanese, which the browser asks for, is spoken on every screen', async () => {
  await speak('ja')
  await lookAround('ja', ja)
})

test('a language from right to left, and longer than all others, fits on every screen', async () => {
  const german = /\/assets\/de-[^/]*\.js$/
  await context.route(german, async (route) => {
    const path = new URL(route.request().url()).pathname
    const body = `import { de as words } from '${path}?written'\n${stretched}\nexport const de = { ...stretched(words), dir: 'rtl' }`
    await route.fulfill({ contentType: 'text/javascript', body })
  })
  await speak('de')
  await page.goto(network.url)
  await page.getByRole('article').first().waitFor()
  assert.equal(await page.locator('html').getAttribute('dir'), 'rtl')
  await lookAround('rtl', undefined)
  await context.unroute(german)
})

test('English is back as soon as it is chosen, also by whoever has no account', async () => {
  await speak('de')
  await context.clearCookies()
  await page.goto(network.url)
  await page.getByRole('banner').getByRole('link', { name: 'Einstellungen' }).click()
  await page.getByRole('combobox', { name: 'Sprache' }).selectOption('English')
  await page.getByText('The rest needs an account').waitFor()
  assert.deepEqual(faults, [])
})

async function speak(language: string): Promise<void> {
  await page.evaluate((chosen) => localStorage.setItem('waypost-language', chosen), language)
}

/** Every screen at 320 and 360 px; with the words of the language, also that none of another is left. */
async function lookAround(name: string, words: object | undefined): Promise<void> {
  for (const [screen, open] of screens()) {
    await open()
    await page.waitForLoadState('networkidle')
    await picture(page, `${screen}-${name}`)
    await isNarrowEnough(page)
    if (words !== undefined) assert.deepEqual(await leftInEnglish(words), [], screen)
    await page.setViewportSize(NARROW)
    await isNarrowEnough(page)
    await page.setViewportSize(SMALL)
  }
  await isAccessible(page)
}

function screens(): readonly (readonly [string, () => Promise<unknown>])[] {
  const go = (path: string) => async () => {
    await page.goto(network.url + path)
    await page.getByRole('heading').first().waitFor()
  }
  return [
    ['live', go('/')],
    ['place', go(`/place/${encodeURIComponent('osm:node/1')}`)],
    ['person', go('/person/ana.test')],
    ['friends', go('/friends')],
    ['settings', go('/settings')],
    ['composer', go('/check-in')],
    ['search', go('/search?in=checkins')],
    ['lists', go('/lists')],
    ['rules', go('/rules')],
    ['about', go('/about')],
    ['notifications', go('/notifications')],
    [
      'menu',
      async () => {
        await page.locator('.account-button').click()
        await page.locator('.menu').waitFor()
      },
    ],
  ]
}

/** What stands on the page, or is read out of it, word for word as English has it and this language has not. */
async function leftInEnglish(words: object): Promise<readonly string[]> {
  const own = new Set(textsOf(words))
  const english = new Set(textsOf({ ...en, ...enPages }).filter((text) => !own.has(text)))
  const shown = await page.evaluate(() => {
    const texts = [...document.querySelectorAll('body *')].flatMap((element) => [
      ...['aria-label', 'title', 'placeholder', 'alt'].map((name) => element.getAttribute(name) ?? ''),
      ...[...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? (node.textContent ?? '') : '')),
    ])
    return texts.map((text) => text.trim()).filter((text) => text !== '')
  })
  return shown.filter((text) => english.has(text))
}

function textsOf(table: object): string[] {
  return Object.values(table).flatMap((value: unknown) =>
    typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? textsOf(value) : [],
  )
}

/** The same table in letters that are read from right to left, each message by two fifths longer. Runs in the page. */
function stretched<Table>(table: Table): Table {
  const letters = 'אבגדהוזחטיכלמנסעפצקרשת'
  const longer = (text: string): string => {
    let count = 0
    return text.replaceAll(/Waypost|\p{L}/gu, (letter) => {
      if (letter === 'Waypost') return letter
      const other = letters[letter.codePointAt(0)! % letters.length]!
      return ++count % 5 === 0 || count % 5 === 2 ? other + other : other
    })
  }
  const turn = (value: unknown): unknown => {
    if (typeof value === 'string') return longer(value)
    if (typeof value === 'function')
      return (...given: unknown[]) => {
        const said: unknown = (value as (...all: unknown[]) => unknown)(...given)
        return typeof said === 'string' ? longer(said) : said
      }
    return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, turn(each)]))
  }
  return turn(table) as Table
}
