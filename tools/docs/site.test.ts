import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { test } from 'node:test'
import { anchorOf, renderMarkdown } from './markdown.ts'
import { buildSite, navigated } from './site.ts'

const site = await buildSite()
const htmlOf = (path: string): string => String(site.get(path))
const pages = [...site.keys()].filter((path) => path.endsWith('.html'))

test('every link of the site leads to a page of it, and to a section that is there', () => {
  const dead: string[] = []
  for (const path of pages) {
    for (const [, target] of htmlOf(path).matchAll(/(?:href|src)="([^"]+)"/g)) {
      if (/^(?:https?|mailto|data):/.test(target!)) continue
      const [to, anchor] = target!.split('#') as [string, string?]
      const place = to === '' ? path : join(dirname(path), to)
      const isThere = site.has(place)
      const isFound = anchor === undefined || htmlOf(place).includes(` id="${decodeURIComponent(anchor)}"`)
      if (!isThere || !isFound) dead.push(`${path}: ${target}`)
    }
  }
  assert.ok(pages.length > 40, `${pages.length} pages`)
  assert.deepEqual(dead, [])
})

test('the site needs no script and nothing from elsewhere', () => {
  for (const path of pages) {
    assert.doesNotMatch(htmlOf(path), /<script/i, path)
    assert.doesNotMatch(htmlOf(path), /\ssrc="https?:|<link[^>]+href="https?:/, path)
  }
  assert.doesNotMatch(htmlOf('site.css'), /https?:/)
})

test('every page of the documentation is in the navigation', () => {
  const listed = new Set(navigated().flatMap((group) => group.pages.map(({ file }) => file)))
  assert.deepEqual(
    globSync('docs/**/*.md').filter((file) => !listed.has(file)),
    [],
  )
})

test('the newcomer is led from running it to operating it, by commands that exist', () => {
  const text = readFileSync('docs/start.md', 'utf8')
  assert.deepEqual(
    [...text.matchAll(/^## (\d.*)$/gm)].map(([, title]) => title),
    ['1. Run it', '2. Follow one check-in through the code', '3. Break it in the workbench', '4. Operate it'],
  )
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const named = [...text.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => name!)
  assert.ok(named.length > 5)
  for (const name of named) assert.ok(scripts[name], `npm run ${name}`)
})

test('headings get the anchors that links use, told apart where they are the same', () => {
  assert.equal(anchorOf('What was not tried'), 'what-was-not-tried')
  assert.equal(anchorOf('app.waypost.feed.defs#checkinView'), 'appwaypostfeeddefscheckinview')
  const { html, title } = renderMarkdown('# Über `x`\n\n## Twice\n\n## Twice\n', (target) => target)
  assert.match(html, /id="über-x".*id="twice".*id="twice-1"/s)
  assert.equal(title, 'Über x')
})
