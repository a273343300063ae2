/**
 * What people may write to make pages break: scripts, directions, marks without end, words without end, markup. On every
 * screen that shows it, it is text, it stays inside, and nothing is made of it.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { DESKTOP, isNarrowEnough, launch, openDevice, PHONE, picture } from './browser.ts'
import { startNetwork, type Network } from './network.ts'
import { callFromPage, createAccount } from './person.ts'

/** Widest first: the others are made of what it has loaded. */
const WIDTHS = [DESKTOP.width, 360, 320]
/** Lexicons allow a name 64 to 128 graphemes and ten times as many bytes; a text 300, and 3,000 bytes. */
const NAME_MAX = 128
const LIST_NAME_MAX = 64
const TEXT_MAX = 300

const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ['markup', '<img src=x onerror="document.title=1"><script>document.title=1</script><b>bold</b>'],
  ['markdown', '# big **bold** [link](javascript:alert(1)) ![pic](http://x/y.png)'],
  ['a word without end', 'W'.repeat(TEXT_MAX)],
  ['an address without end', `https://example.org/${'a/'.repeat(130)}`],
  ['another direction', '\u202Eright to left\u202C \u2066isolated without end'],
  ['nothing to see', '\u200B\u200D\u2060zero\u200Bwidth\uFEFF'],
  ['marks on marks', `Z${'\u0317\u030D\u0335'.repeat(60)}algo`],
  ['many scripts', 'مقهى القدس · קפה · カフェ · ร้านกาแฟ · 咖啡館 · ☕️👩‍👩‍👧‍👦'],
]

let network: Network
let browser: Browser
let page: Page
const faults: string[][] = []
const paths: string[] = ['/', '/friends', '/lists', '/notifications']

before(async () => {
  ;[network, browser] = await Promise.all([startNetwork({ demo: false }), launch()])
  const mine = await openDevice(browser, { viewport: PHONE })
  faults.push(mine.faults)
  page = await mine.context.newPage()
  await page.goto(`${network.url}/sign-in`)
  await createAccount(page, 'hostile')
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  await writeEverything()
})

after(async () => {
  await browser?.close()
  await network?.[Symbol.asyncDispose]()
})

test('hostile text stays text and inside on every screen, on a desk, a phone and the narrowest phone', async () => {
  for (const path of paths) {
    await widen(WIDTHS[0]!)
    await page.goto(network.url + path)
    await page.getByRole('heading').first().waitFor()
    await page.waitForLoadState('networkidle')
    for (const width of WIDTHS) {
      await widen(width)
      await isNarrowEnough(page)
      assert.deepEqual(await madeOfText(page), [], `${path} ${width}`)
      assert.deepEqual(await outside(page), [], `${path} ${width}`)
      if (path === '/') await picture(page, `hostile-${width}`)
    }
  }
})

test('nothing of it was run', () => {
  assert.deepEqual(faults.flat(), [])
})

async function widen(width: number): Promise<void> {
  await page.setViewportSize({ width, height: width < 600 ? 740 : DESKTOP.height })
  // What hears of the width is drawn in the frame after.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
}

/** Each text as the text of a check-in, the name of a place, a comment, a tip and the name of a list. */
async function writeEverything(): Promise<void> {
  for (const [index, [what, text]] of HOSTILE.entries()) {
    const name = begin(text, NAME_MAX)
    const place = {
      name,
      geo: { latitude: `52.5${index}`, longitude: '13.4' },
      address: { country: 'DE', locality: name },
    }
    const checkin = { place, text: text.slice(0, TEXT_MAX) }
    const { uri, cid } = await callFromPage(page, 'app.waypost.feed.createCheckin', { checkin })
    await callFromPage(page, 'app.waypost.feed.createComment', { subject: { uri, cid }, text: text.slice(0, TEXT_MAX) })
    const list = await callFromPage(page, 'app.waypost.list.create', { name: begin(text, LIST_NAME_MAX) })
    await callFromPage(page, 'app.waypost.list.save', { place, list: list.uri })
    const [, did, rkey] = /^at:\/\/([^/]+)\/[^/]+\/(.+)$/.exec(uri)!
    paths.push(`/checkin/${did}/${rkey}`, `/list/${did}/${list.uri.split('/').at(-1)}`)
    if (index === 0) paths.push(`/person/${did}`)
    const { feed } = (await (await fetch(`${network.url}/xrpc/app.waypost.feed.getGlobal`)).json()) as {
      feed: { uri: string; place: { id?: string } }[]
    }
    const id = feed.find((each) => each.uri === uri)?.place.id
    assert.ok(id !== undefined, `${what}: the place has a page`)
    paths.push(`/place/${encodeURIComponent(id)}`)
  }
}

function begin(text: string, graphemesMax: number): string {
  const graphemes = [...new Intl.Segmenter().segment(text)].slice(0, graphemesMax)
  return graphemes.map(({ segment }) => segment).join('')
}

/** Elements and addresses that only a text could have brought. */
function madeOfText(on: Page): Promise<readonly string[]> {
  return on.evaluate(() => {
    const made = document.querySelectorAll('script:not([src]), b, img[src="x"], img[src^="http:"], [onerror]')
    const links = [...document.links].filter(({ protocol }) => !/^https?:$/.test(protocol))
    return [...made, ...links].map(({ outerHTML }) => outerHTML.slice(0, 120))
  })
}

/** Text that reaches past the screen or past what is around it, or that has no room at all. */
function outside(on: Page): Promise<readonly string[]> {
  return on.evaluate(() => {
    const wrong: string[] = []
    for (const element of document.querySelectorAll('main :is(h1, h2, h3, p, bdi, li)')) {
      if (element.closest('.visually-hidden, [aria-hidden], .filters') !== null) continue
      const text = element.textContent?.replaceAll(/[\p{C}\s]/gu, '') ?? ''
      const { left, right, width, height } = element.getBoundingClientRect()
      if (text === '' || element.checkVisibility({ contentVisibilityAuto: true }) === false) continue
      const isClipped = getComputedStyle(element.closest('[class]') ?? element).overflow !== 'visible'
      const isOut = !isClipped && (left < -1 || right > document.documentElement.clientWidth + 1)
      if (isOut || width < 1 || height < 1) wrong.push(`${element.className || element.tagName}: ${text.slice(0, 30)}`)
    }
    return wrong
  })
}
