import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { launch, openDevice, PHONE } from '../e2e/browser.ts'
import { createAccount } from '../e2e/person.ts'
import type { Figure } from '../../../bench/main.ts'

/** What axe finds wrong on every screen, in both themes, signed in and out. */
export async function axeViolations(
  url: string,
  options: { readonly note: (line: string) => void },
): Promise<readonly Figure[]> {
  await using browser = await launch()
  const { context } = await openDevice(browser, { viewport: PHONE })
  const paths = await screens(url)
  const page = await context.newPage()
  const found: string[] = []
  let visited = 0
  for (const isSignedIn of [false, true]) {
    if (isSignedIn) await signUp(page, url)
    for (const path of isSignedIn ? [...paths, '/notifications', '/lists', '/check-in'] : paths) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        // Opened anew: colours that are still on their way to the other theme are of neither.
        await open(page, url + path)
        for (const violation of await violations(page)) {
          found.push(`${path} ${colorScheme}${isSignedIn ? ' signed in' : ''}: ${violation}`)
        }
        visited++
      }
    }
  }
  await context.close()
  for (const line of found) options.note(`axe: ${line}`)
  return [
    { name: 'axe_violations', value: found.length, unit: '', goal: '0' },
    { name: 'axe_screens', value: visited, unit: 'screens × themes, signed in and out' },
  ]
}

async function screens(url: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/xrpc/app.waypost.feed.getGlobal?limit=100`)
  const { feed } = (await answer.json()) as {
    feed: { uri: string; author: { handle: string }; place: { id?: string } }[]
  }
  const shown = feed.find(({ place }) => place.id !== undefined)!
  const [, did, rkey] = /^at:\/\/([^/]+)\/[^/]+\/(.+)$/.exec(shown.uri)!
  const place = `/place/${encodeURIComponent(shown.place.id!)}`
  const person = `/person/${shown.author.handle}`
  return ['/', `/checkin/${did}/${rkey}`, place, person, '/search', '/sign-in', '/about', '/rules', '/nowhere']
}

async function signUp(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await createAccount(page, 'everyscreen')
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
}

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('heading').first().waitFor()
  await page.waitForLoadState('networkidle')
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations: all } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document)
    return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  })
}
