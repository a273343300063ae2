/** `npm run paper`: writes docs/paper/waypost.pdf from its source, and says how many pages it has. */
import { writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { ensureChromium } from '../chromium.ts'
import { digestOfSources, paperHtml } from './assemble.ts'
import { PAPER_FILE, pagesOf, stamped } from './pdf.ts'

const browser = await chromium.launch({ executablePath: ensureChromium(), args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  await page.setContent(await paperHtml())
  await page.evaluate('document.fonts.ready')
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: true })
  writeFileSync(PAPER_FILE, stamped(pdf, digestOfSources()))
  console.log(`${PAPER_FILE}: ${pagesOf(pdf)} pages, ${Math.round(pdf.byteLength / 1_000)} kB`)
} finally {
  await browser.close()
}
