/**
 * Lexicons (JSON) to TypeScript, into packages/lexicon/src/generated. With `--check`, changes nothing and fails where
 * the files there are not what the lexicons say. So with docs/api.md, which is made from them and from a server's answers.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { API_PAGE, apiPage } from './api/generate.ts'

const TARGET = 'packages/lexicon/src/generated'

if (process.argv.includes('--check')) {
  const fresh = mkdtempSync(join(tmpdir(), 'waypost-lexicon-'))
  generate(fresh)
  const drifted = differences(fresh, TARGET)
  rmSync(fresh, { recursive: true })
  if (drifted.length > 0) {
    console.error(
      `The generated lexicons are not what lexicons/ says (npm run generate mends it):\n${drifted.join('\n')}`,
    )
    process.exitCode = 1
  }
  if ((await apiPage()) !== contentOrNothing(API_PAGE)) {
    console.error(`${API_PAGE} is not what the lexicons and the server say (npm run generate mends it).`)
    process.exitCode = 1
  }
} else {
  generate(TARGET)
  writeFileSync(API_PAGE, await apiPage())
}

function generate(out: string): void {
  const options = ['--lexicons', 'lexicons', '--out', out, '--clear', '--import-ext', '.ts', '--index-file']
  const { status } = spawnSync('node_modules/.bin/lex', ['build', ...options], { stdio: 'inherit' })
  if (status !== 0) throw new Error('lex build failed')
}

function differences(a: string, b: string): string[] {
  const names = new Set([a, b].flatMap((folder) => globSync('**/*.ts', { cwd: folder })))
  return [...names].filter((name) => contentOf(join(a, name)) !== contentOf(join(b, name)))
}

/** Its lines in order: imports and exports come in whatever order the folders were read. */
function contentOf(file: string): string | undefined {
  return contentOrNothing(file)?.split('\n').toSorted().join('\n')
}

function contentOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
