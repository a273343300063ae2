import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { literalWords } from './spoken.ts'
import { MAY_IMPORT, WAY } from './way.ts'

/** What no linter knows. Everything here reads tracked files only. */
const tracked = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .stdout.split('\n')
  .filter((file) => file && existsSync(file))
const ours = tracked.filter((file) => /\.(ts|tsx|mjs|css)$/.test(file) && !file.includes('/generated/'))
const prose = tracked.filter((file) => file.endsWith('.md'))
const read = (file: string): string => readFileSync(file, 'utf8')

test('the stages of the way are folders of the server, and no other folder stands beside them', () => {
  const folders = new Set(
    tracked.map((file) => /^packages\/server\/src\/([^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined),
  )
  assert.deepEqual([...folders].toSorted(), [...WAY].toSorted())
})

test('every package is in the list of what it may import', () => {
  const packages = new Set(
    tracked.map((file) => /^packages\/([^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined),
  )
  assert.deepEqual([...packages].toSorted(), Object.keys(MAY_IMPORT).toSorted())
})

test('the linter refuses an import against the way, by name and by path, and one across packages', () => {
  const planted = {
    'packages/server/src/wire/planted-by-tidy.ts': "export { a } from '#serve/handler.ts'\n",
    'packages/server/src/query/planted-by-tidy.ts': "export { a } from '../serve/handler.ts'\n",
    'packages/engine/src/planted-by-tidy.ts': "export { a } from '@waypost/lexicon'\n",
  }
  for (const [file, text] of Object.entries(planted)) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    const { status, stdout } = spawnSync('node_modules/.bin/oxlint', [file], { encoding: 'utf8' })
    rmSync(file)
    assert.notEqual(status, 0, `${file} was let through`)
    assert.match(stdout, /no-restricted-imports/)
  }
})

test('every reason for a refusal appears in a test', () => {
  const reasons = ['packages/server/src/wire/frame.ts', 'packages/server/src/verify/refusal.ts']
    .flatMap((file) => [...read(file).matchAll(/^\s*\| '([a-z-]+)'/gm)])
    .map((match) => match[1]!)
  assert.ok(reasons.length > 15, 'the list of reasons was found')
  const tests = ours.filter((file) => file.endsWith('.test.ts') || file.includes('/test/')).map(read)
  const untested = reasons.filter((reason) => !tests.some((text) => text.includes(`'${reason}'`)))
  assert.deepEqual(untested, [])
})

test('modules show their names by hand, and none is called after nothing', () => {
  for (const file of ours.filter((name) => name.endsWith('.ts') && name.startsWith('packages/'))) {
    assert.doesNotMatch(file, /(^|\/)(utils?|helpers?|common|misc|manager|service)(\/|\.)/)
    if (file === 'packages/lexicon/src/index.ts') continue // Namespaces of generated code, named one by one.
    assert.doesNotMatch(read(file), /^export \* from/m, file)
  }
})

test('a file of more than 400 lines says at its head why', () => {
  const long = ours.filter((file) => read(file).split('\n').length > 400)
  const silent = long.filter(
    (file) => !/one (file|place|piece|table|story|sheet)|long because/i.test(read(file).slice(0, 2_000)),
  )
  assert.deepEqual(silent, [])
})

test('links in the documentation lead somewhere', () => {
  for (const file of prose) {
    for (const [, target] of read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      assert.ok(existsSync(normalize(join(dirname(file), target!))), `${file} links to ${target}`)
    }
  }
})

test('every promise names a test that exists', () => {
  const rows = read('docs/invariants.md')
    .split('\n')
    .filter((line) => /^\| [SIA]?\d+ /.test(line))
  assert.ok(rows.length >= 50, 'the promises are numbered rows')
  for (const row of rows) {
    const named = [...row.matchAll(/`([\w./-]+\.test\.ts)` ?"([^"]+)"/g)]
    assert.ok(named.length > 0, `no test named: ${row}`)
    for (const [, file, title] of named) {
      assert.ok(existsSync(file!), `${file} does not exist`)
      assert.ok(read(file!).includes(title!), `${file} has no test "${title}"`)
    }
  }
})

test('nothing tracked names a path of some machine', () => {
  const forbidden = new RegExp(['/ro' + 'ot/', '/wo' + 'rk/', '/ho' + 'me/[a-z]'].join('|'))
  const guilty = [...ours, ...prose].filter((file) => forbidden.test(read(file)))
  assert.deepEqual(guilty, [])
})

test('every field of our lexicons says what it is', () => {
  const silent: string[] = []
  for (const file of tracked.filter((name) => name.startsWith('lexicons/app/waypost/'))) {
    JSON.parse(read(file), function (this: Record<string, unknown>, key: string, value: unknown) {
      if (key !== 'properties') return value
      for (const [field, schema] of Object.entries(value as Record<string, { description?: string }>)) {
        if (!schema.description) silent.push(`${file}: ${field}`)
      }
      return value
    })
  }
  assert.deepEqual(silent, [])
})

test('every endpoint and every error of our lexicons says what it is', () => {
  interface Said {
    readonly type: string
    readonly description?: string
    readonly errors?: readonly { readonly name: string; readonly description?: string }[]
  }
  const silent = tracked
    .filter((name) => name.startsWith('lexicons/app/waypost/'))
    .flatMap((file) => {
      const { main } = (JSON.parse(read(file)) as { defs: { main?: Said } }).defs
      if (!main || !['query', 'procedure', 'subscription'].includes(main.type)) return []
      const errors = (main.errors ?? []).filter(({ description }) => !description).map(({ name }) => `${file}: ${name}`)
      return main.description ? errors : [file, ...errors]
    })
  assert.deepEqual(silent, [])
})

test('the client says nothing that is not in its language files', () => {
  const sources = ours.filter(
    (file) =>
      /^packages\/web\/src\/(?!language\/|gallery\/|basemap\/|map\/style|map\/mercator).*\.tsx?$/.test(file) &&
      !file.endsWith('.test.ts'),
  )
  assert.ok(sources.length > 80, 'the client was found')
  const said = sources.flatMap((file) => literalWords(read(file)).map((words) => `${file}: ${words}`))
  assert.deepEqual(said, [])
  const planted = "say(isBusy ? 'Deleting…' : `Delete it for ${name}`) // 'Not this'"
  assert.deepEqual(literalWords(planted), ['Deleting…', 'Delete it for ${name}'])
})

test('the linter refuses words in the text and the attributes of JSX', () => {
  const file = 'packages/web/src/ui/planted-by-tidy.tsx'
  for (const planted of ['<p>Some words</p>', '<p aria-label="Some words" />', '<input placeholder="Some words" />']) {
    writeFileSync(file, `export function Planted() {\n  return ${planted}\n}\n`)
    const { status, stdout } = spawnSync('node_modules/.bin/oxlint', [file], { encoding: 'utf8' })
    rmSync(file)
    assert.notEqual(status, 0, `${planted} was let through`)
    assert.match(stdout, /jsx-no-literals/)
  }
})

test('stylesheets say start and end, not left and right, but where a map is drawn', () => {
  const sheets = ours.filter((file) => file.startsWith('packages/web/src/styles/'))
  for (const file of sheets) {
    assert.doesNotMatch(
      read(file),
      /(?:margin|padding|border)-(?:left|right)\b|text-align: (?:left|right)|float:/,
      file,
    )
    if (/\/(?:map|compose)\.css$/.test(file)) continue
    assert.doesNotMatch(read(file), /^\s*(?:left|right):/m, file)
  }
})
