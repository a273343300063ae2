import { globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path/posix'
import { paperBody, paperScreens, paperSource } from '../paper/assemble.ts'
import { readMeasurements } from '../paper/measurements.ts'
import { PAPER_FILE } from '../paper/pdf.ts'
import { escapeHtml, renderMarkdown } from './markdown.ts'
import { groups, PAPER_PAGE, type PageEntry, type PageGroup } from './pages.ts'

/**
 * The documentation as a site: static HTML without a script, which needs nothing from elsewhere. In: the Markdown that
 * `pages.ts` lists. Out: files by their path in the site. Whatever file or folder of the repository a page links to is in
 * the site too: Markdown of the list as its page, anything else as it is read.
 */
export type Site = ReadonlyMap<string, string | Buffer>

const FONTS = [
  ['figtree.woff2', '@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2'],
  ['bricolage.woff2', '@fontsource/bricolage-grotesque/files/bricolage-grotesque-latin-700-normal.woff2'],
] as const
const STYLES = ['tools/docs/site.css', 'tools/docs/paper.css']
/** What is shown as it is: no page of text. Reports are pages by themselves. */
const ASSET = /\.(?:webp|png|jpe?g|svg|pdf|html)$/

export async function buildSite(): Promise<Site> {
  const nav = navigated()
  const entries = nav.flatMap(({ pages }) => pages)
  const site = new Map<string, string | Buffer>()
  const linked = linksInto(site, new Map(entries.map(({ file, path }) => [file, path])))
  for (const [at, entry] of entries.entries()) {
    const { html, title, sections } = renderMarkdown(readFileSync(entry.file, 'utf8'), linked.from(entry))
    const around = { before: entries[at - 1], after: entries[at + 1] }
    site.set(entry.path, layout({ nav, path: entry.path, title, sections, around, body: html }))
  }
  site.set(PAPER_PAGE, layout({ nav, path: PAPER_PAGE, title: 'The paper', sections: [], body: await paperPage() }))
  site.set('paper/waypost.pdf', readFileSync(PAPER_FILE))
  linked.readAll(({ path, title, body }) => layout({ nav, path, title, sections: [], body }))
  site.set('site.css', STYLES.map((file) => readFileSync(file, 'utf8')).join('\n'))
  for (const [name, file] of FONTS) site.set(`fonts/${name}`, readFileSync(join('node_modules', file)))
  return site
}

/** The navigation, with the decisions that there are. */
export function navigated(): readonly PageGroup[] {
  const files = globSync('docs/decisions/*.md').toSorted()
  return groups(files.map((file) => ({ file, title: /^# (.+)$/m.exec(readFileSync(file, 'utf8'))![1]! })))
}

interface SourcePage {
  readonly path: string
  readonly title: string
  readonly body: string
}

/** Follows links of the repository into the site, and remembers what has to be read for them. */
function linksInto(site: Map<string, string | Buffer>, pages: ReadonlyMap<string, string>) {
  const wanted = new Set<string>()
  const placeOf = (file: string): string => {
    const page = pages.get(file)
    if (page !== undefined) return page
    if (file === PAPER_FILE) return 'paper/waypost.pdf'
    wanted.add(file)
    if (ASSET.test(file)) return `assets/${file}`
    return statSync(file).isDirectory() ? `source/${file}/index.html` : `source/${file}.html`
  }
  return {
    from:
      ({ file, path }: Pick<PageEntry, 'file' | 'path'>) =>
      (target: string) => {
        if (/^(?:[a-z]+:|#)/.test(target)) return target
        const [to = '', anchor] = target.split('#')
        const place = placeOf(normalize(join(dirname(file), to)).replace(/\/$/, ''))
        return relative(dirname(path), place) + (anchor === undefined ? '' : `#${anchor}`)
      },
    /** Reads what is wanted, folders with what is in them. */
    readAll(show: (page: SourcePage) => string): void {
      // What a folder lists is wanted as well, and comes later in this very loop.
      for (const file of wanted) {
        const path = placeOf(file)
        if (ASSET.test(file)) site.set(path, readFileSync(file))
        else site.set(path, show({ path, title: file, body: sourceBody(file, path, placeOf) }))
      }
    },
  }
}

function sourceBody(file: string, path: string, placeOf: (file: string) => string): string {
  const head = `<h1 class="source">${escapeHtml(file)}</h1>`
  if (!statSync(file).isDirectory()) {
    return `${head}<pre class="numbered" tabindex="0"><code>${numbered(readFileSync(file, 'utf8'))}</code></pre>`
  }
  const items = readdirSync(file)
    .toSorted()
    .map((name) => {
      const href = relative(dirname(path), placeOf(join(file, name)))
      return `<li><a href="${href}">${escapeHtml(name)}</a></li>`
    })
  return `${head}<ul>${items.join('')}</ul>`
}

function numbered(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n')
  return lines.map((line) => `<span class="line">${escapeHtml(line)}\n</span>`).join('')
}

async function paperPage(): Promise<string> {
  const body = paperBody(paperSource(), readMeasurements()).replace('{{screens}}', await paperScreens())
  return `<p><a href="waypost.pdf">As a PDF of three pages</a></p><div class="paper">${body}</div>`
}

interface Layout {
  readonly nav: readonly PageGroup[]
  readonly path: string
  readonly title: string
  readonly sections: readonly { readonly id: string; readonly text: string }[]
  readonly around?: { readonly before: PageEntry | undefined; readonly after: PageEntry | undefined }
  readonly body: string
}

function layout({ nav, path, title, sections, around, body }: Layout): string {
  const to = (target: string): string => relative(dirname(path), target)
  const lists = navigation(nav, path, to)
  const contents =
    sections.length < 3
      ? ''
      : `<details class="contents"><summary>On this page</summary><ul>${sections
          .map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`)
          .join('')}</ul></details>`
  const steps = [
    around?.before && `<a rel="prev" href="${to(around.before.path)}">← ${escapeHtml(around.before.title)}</a>`,
    around?.after && `<a rel="next" href="${to(around.after.path)}">${escapeHtml(around.after.title)} →</a>`,
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Waypost</title>
<link rel="stylesheet" href="${to('site.css')}">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><a class="home" href="${to('index.html')}">Waypost</a><details class="menu"><summary>Contents</summary><nav aria-label="Pages">${lists}</nav></details></header>
<div class="frame">
<nav class="side" aria-label="All pages">${lists}</nav>
<main id="content">
${contents}
${body}
<footer>${steps.filter(Boolean).join('')}</footer>
</main>
</div>
</body>
</html>
`
}

function navigation(nav: readonly PageGroup[], path: string, to: (target: string) => string): string {
  const item = (target: string, title: string): string =>
    `<li><a href="${to(target)}"${target === path ? ' aria-current="page"' : ''}>${escapeHtml(title)}</a></li>`
  return nav
    .map(({ title, pages }) => {
      const items = pages.map((page) => item(page.path, page.title))
      if (title === 'Why') items.unshift(item(PAPER_PAGE, 'The paper'))
      return `<h2>${title}</h2><ul>${items.join('')}</ul>`
    })
    .join('')
}
