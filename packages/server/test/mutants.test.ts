import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MUTANTS, type Mutant } from './mutants/checks.ts'

/*
 * Whether the tests would notice. Each mutant is one plausible slip in one check; with it, the test that is named for it
 * must go red. A mutant whose place in the code is not found any more fails too.
 */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const MUTANT_MS_MAX = 200_000
/** Mutants at a time; each runs one test in a process of its own. */
const AT_ONCE = 2

const scratch = mkdtempSync(join(tmpdir(), 'waypost-mutants-'))
after(() => rmSync(scratch, { recursive: true }))
if (existsSync(join(ROOT, '../shared'))) symlinkSync(resolve(ROOT, '../shared'), join(scratch, 'shared'))

/** A copy of the checkout that may be spoilt. */
function copyOf(name: string): string {
  const copy = join(scratch, name)
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  for (const file of stdout.split('\n').filter((line) => line && existsSync(join(ROOT, line)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(ROOT, file), join(copy, file))
  }
  for (const modules of ['node_modules', 'packages/sandbox/node_modules']) {
    if (existsSync(join(ROOT, modules))) symlinkSync(join(ROOT, modules), join(copy, modules))
  }
  return copy
}

function spoil(text: string, { find, replace }: Mutant): string {
  const parts = text.split(find)
  assert.equal(parts.length, 2, `found once: ${find}`)
  return parts.join(replace)
}

/** Runs one test of the copy by its title; answers what it printed. */
async function run(copy: string, { caughtBy: [file, title] }: Mutant): Promise<string> {
  const pattern = `^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`
  const child = spawn(
    process.execPath,
    ['--test', '--test-reporter=./tools/brief-reporter.ts', `--test-name-pattern=${pattern}`, file],
    { cwd: copy, env: { ...process.env, NODE_TEST_CONTEXT: undefined }, timeout: MUTANT_MS_MAX },
  )
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (printed += part.toString()))
  await new Promise((done) => child.once('close', done))
  return printed
}

test(
  'each mutant of a check is caught by the test that is named for it',
  { concurrency: AT_ONCE, timeout: 3 * MUTANT_MS_MAX },
  async (t) => {
    const copies = Array.from({ length: AT_ONCE }, (_, number) => copyOf(`copy-${number}`))
    await Promise.all(
      MUTANTS.map((mutant) =>
        t.test(mutant.breaks, async () => {
          const copy = copies.pop()
          assert(copy, 'a copy for each that runs')
          const file = join(copy, mutant.file)
          const sound = readFileSync(file, 'utf8')
          try {
            writeFileSync(file, spoil(sound, mutant))
            const printed = await run(copy, mutant)
            assert.match(printed, new RegExp(`FAILED ${mutant.caughtBy[1].replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`))
            assert.match(printed, /^0 passed, 1 failed, 0 skipped$/m)
          } finally {
            writeFileSync(file, sound)
            copies.push(copy)
          }
        }),
      ),
    )
  },
)
