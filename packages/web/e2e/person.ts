import type { Page } from 'playwright-core'

/** The sign-up pages are the PDS's own: a name, an account, then leave to write. */
export async function signUpAtPds(page: Page, name: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Type your username' }).fill(name)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('textbox', { name: 'Email' }).fill(`${name}@example.org`)
  await page.getByRole('textbox', { name: 'Password' }).fill('a long enough password')
  await page.getByRole('button', { name: 'Sign up' }).click()
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
