import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { digestOfSources, paperBody, paperSource } from './assemble.ts'
import { readMeasurements } from './measurements.ts'
import { PAPER_FILE, pagesOf, sourceOf } from './pdf.ts'

const source = paperSource()
const measurements = readMeasurements()

test('the paper has three pages, and is what its source says', () => {
  const pdf = readFileSync(PAPER_FILE)
  assert.equal(pagesOf(pdf), 3)
  assert.equal(sourceOf(pdf), digestOfSources(), 'npm run paper makes it anew')
})

test('every measured figure names a command that exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const benches = globSync('bench/*.bench.ts').map((file) => basename(file, '.bench.ts'))
  for (const { name, command } of measurements.figures) {
    if (command === 'npm run load -- --find-knee') {
      assert.ok(scripts['load'])
      continue
    }
    const [, script, bench, part] = /^npm run (\S+) -- (\S+)(?: (?!--)(\S+))?(?: --full)?$/.exec(command) ?? []
    assert.ok(script && scripts[script], `${name}: ${command}`)
    assert.equal(script, 'bench')
    assert.ok(benches.includes(bench!), `${name}: there is no bench ${bench}`)
    if (part) assert.match(readFileSync(`bench/${bench}.bench.ts`, 'utf8'), new RegExp(`\\b${part}\\b`))
  }
})

test('every measurement is shown, with a letter that stands for its command', () => {
  const drawn = readFileSync('tools/paper/figures.ts', 'utf8')
  const isDrawn = (name: string): boolean =>
    drawn.includes(`'${name}'`) || (name.startsWith('gossip-') && drawn.includes('`gossip-${pace}-'))
  for (const { name } of measurements.figures) assert.ok(source.includes(`{{${name}}}`) || isDrawn(name), name)
  const body = paperBody(source, measurements)
  assert.doesNotMatch(body.replace('{{screens}}', ''), /\{\{|undefined|NaN/)
  for (const command of new Set(measurements.figures.map((figure) => figure.command))) {
    assert.ok(body.includes(`<code>${command}</code>`), command)
  }
})

test('a number in the text is a measurement, or has a source beside it', () => {
  const prose = source.slice(0, source.indexOf('<section class="sources">'))
  const blocks = [...prose.matchAll(/<(p|td|th|h2|h3|li|figcaption)\b[^>]*>([\s\S]*?)<\/\1>/g)].map(
    ([, , text]) => text!,
  )
  assert.ok(blocks.length > 60)
  for (const sentence of blocks.flatMap((block) => block.split(/\.\s+/))) {
    const bare = sentence
      .replace(/\{\{.*?\}\}/g, '')
      .replace(/<cite>.*?<\/cite>/g, '')
      .replace(/\b[Ff]igure \d|section \d|^\d (?=[A-Z])|W3C|H3|ef61/g, '')
    const isDated = bare.trim().startsWith('The Waypost project')
    if (/\d/.test(bare) && !isDated) assert.ok(sentence.includes('<cite>'), bare)
  }
})

test('every source is cited, and every citation has a source', () => {
  const count = source.slice(source.indexOf('<section class="sources">')).match(/<li>/g)!.length
  const cited = new Set([...source.matchAll(/<cite>(\d+)<\/cite>/g)].map(([, number]) => Number(number)))
  assert.deepEqual(
    [...cited].toSorted((a, b) => a - b),
    Array.from({ length: count }, (_, at) => at + 1),
  )
  const rows = source.slice(source.indexOf('4 Side by side'), source.indexOf('5 The choice')).match(/<td>.*?<\/td>/gs)!
  assert.equal(rows.length, 18)
  for (const row of rows) assert.match(row, /<cite>/)
})
