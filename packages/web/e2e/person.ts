import type { Page } from 'playwright-core'

const HOUR_MS = 3_600_000

/** From the sign-in page to the pages of sign-up, which are the PDS's own: a name, an account, then leave to write. */
export async function createAccount(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Create an account' }).click()
  await page.getByRole('textbox', { name: 'Type your username' }).fill(name)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('textbox', { name: 'Email' }).fill(`${name}@example.org`)
  await page.getByRole('textbox', { name: 'Password' }).fill('a long enough password')
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('button', { name: 'Authorize' }).click()
}

/** The sign-in page leads to the PDS, and back. */
export async function signInAtPds(page: Page, handle: string, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Handle' }).fill(handle)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Authorize' }).click()
}

/** What the client itself would send, from a page of somebody who is signed in there. */
export function callFromPage(page: Page, name: string, input: object): Promise<{ uri: string; cid: string }> {
  return page.evaluate(
    async ([path, body]) => {
      const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as { uri: string; cid: string }
    },
    [`/xrpc/${name}`, JSON.stringify(input)] as const,
  )
}

/** When a visit was, in a time zone where it is noon now: a day ago is another day there, whenever this runs. */
export function hoursAgo(hours: number): string {
  const offset = 12 - new Date().getUTCHours()
  const local = new Date(Date.now() + (offset - hours) * HOUR_MS).toISOString()
  return local.replace('Z', `${offset < 0 ? '-' : '+'}${String(Math.abs(offset)).padStart(2, '0')}:00`)
}
