import { DESKTOP, launch, openDevice, PHONE } from '../e2e/browser.ts'
import { createAccount } from '../e2e/person.ts'
import type { Figure } from '../../../bench/main.ts'

const BERLIN = { latitude: 52.5163, longitude: 13.3777 }

/**
 * From the press of the button to the check-in in another browser, without a photo. Both browsers draw by the processor, as
 * in the tests: pretended graphics cards would take the cores that the network of this machine runs on.
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
    const seen = other.getByText(`Pressed ${run}`).or(other.getByRole('button', { name: /new$/ }))
    const from = performance.now()
    await Promise.all([dialog.getByRole('button', { name: 'Check in', exact: true }).click(), seen.first().waitFor()])
    tookMs.push(performance.now() - from)
    await me.getByRole('dialog', { name: 'You’re checked in' }).waitFor()
  }
  await Promise.all([phone.context.close(), desk.context.close()])
  const middle = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length / 2)]!
  return [{ name: 'tap_to_visible_p50_ms', value: middle, unit: 'ms', goal: '≤ 1,000' }]
}
