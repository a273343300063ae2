import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { OPTIONS, readConfig } from '../../packages/server/src/config.ts'

const page = readFileSync('docs/operate.md', 'utf8')
const found = (pattern: RegExp): string[] => [...new Set([...page.matchAll(pattern)].map((match) => match[1]!))]

test('every figure, command and option that the page for operators names is there', () => {
  const folders = ['', '/project', '/serve/links', '/serve/budget'].map((stage) => `packages/server/src${stage}`)
  const events = folders.map((folder) => readFileSync(`${folder}/events.ts`, 'utf8')).join('\n')
  // Streams of NATS are called alike.
  const figures = found(/\b(waypost_(?!(?:log|private|ledger|parts|state)\b)[a-z_]+)/g)
  assert.ok(figures.length >= 4)
  for (const figure of figures) assert.ok(events.includes(`'${figure.replace(/_bucket$/, '')}'`), figure)

  const main = readFileSync('packages/server/src/main.ts', 'utf8')
  const commands = found(/(?:`waypost|main\.ts) ([a-z]+)/g)
  assert.ok(commands.length >= 6)
  for (const command of commands) assert.ok(main.includes(`command('${command}')`), command)

  for (const name of found(/\b(WAYPOST_[A-Z_]+)/g))
    assert.ok(
      OPTIONS.some((option) => option.name === name),
      name,
    )
})

test('the budget that the page for operators shows is one that a server takes', () => {
  const [, example] = /```json\n(\{\n  "limits"[^`]*)```/.exec(page)!
  const read = readConfig({ WAYPOST_BUDGET: example! })
  assert.ok(read.ok, read.ok ? '' : read.error.join())
  assert.equal(read.value.budget.limits.length, 10)
})
