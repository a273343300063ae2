import type { Page } from 'playwright-core'
import { DESKTOP, launch, openDevice, PHONE } from '../e2e/browser.ts'
import { createAccount } from '../e2e/person.ts'
import type { Figure } from '../../../bench/main.ts'

const BERLIN = { latitude: 52.5163, longitude: 13.3777 }

/**
 * From the press of the button to the check-in in another browser, without a photo, by the clock of the machine that both
 * run on: from the click that reaches one page to the frame in which the other page has it. What drives the browsers looks
 * for the button before, and for what was seen afterwards: its looking takes as long as the check-in. Both browsers draw
 * by the processor, as in the tests: pretended graphics cards would take the cores that the network of this machine runs on.
 */
export async function tapToVisible(url: string, options: { readonly runs: number }): Promise<readonly Figure[]> {
  await using browser = await launch([])
  const [phone, desk] = await Promise.all([
    openDevice(browser, { viewport: PHONE, at: BERLIN }),
    openDevice(browser, { viewport: DESKTOP }),
  ])
  const me = await phone.context.newPage()
  const other = await desk.context.newPage()
  await me.goto(`${url}/sign-in`)
  await createAccount(me, 'presser')
  await me.getByRole('button', { name: 'Account menu' }).waitFor()
  const tookMs: number[] = []
  for (let run = 0; run < options.runs; run++) {
    await other.goto(url)
    await other.getByText('Live', { exact: true }).and(other.locator('[data-phase=live]')).waitFor()
    await me.goto(`${url}/check-in`)
    const dialog = me.getByRole('dialog')
    await dialog.getByRole('button', { name: /^Brandenburger Tor/ }).click()
    await dialog.getByLabel(/A few words/).fill(`Pressed ${run}`)
    const button = dialog.getByRole('button', { name: 'Check in', exact: true })
    await button.click({ trial: true })
    const pressed = pressOf(me)
    const seen = newsOn(other)
    await button.click()
    tookMs.push((await seen) - (await pressed))
    await me.getByRole('dialog', { name: 'You’re checked in' }).waitFor()
  }
  await Promise.all([phone.context.close(), desk.context.close()])
  const sorted = tookMs.toSorted((a, b) => a - b)
  return [
    { name: 'tap_to_visible_p50_ms', value: sorted[Math.floor(sorted.length / 2)]!, unit: 'ms', goal: '≤ 1,000' },
    { name: 'tap_to_visible_max_ms', value: sorted.at(-1)!, unit: 'ms' },
  ]
}

/** When the next click reaches the page; milliseconds since 1970. */
function pressOf(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) =>
        addEventListener('click', () => resolve(Date.now()), { capture: true, once: true }),
      ),
  )
}

/** When the page shows in a frame that something new is there; milliseconds since 1970. */
function newsOn(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const isThere = (): boolean =>
          [...document.querySelectorAll('button')].some(({ textContent }) => textContent.trim().endsWith(' new'))
        const observer = new MutationObserver(() => {
          if (!isThere()) return
          observer.disconnect()
          // In a frame it is drawn; the next one begins when it is.
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now())))
        })
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
      }),
  )
}
