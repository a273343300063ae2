/**
 * Every task of the repository, by name. `launch.mjs` calls this on the right Node with everything installed.
 * A task is a list of steps; a step is a command. The first step that fails ends the task with its exit code.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { ensureChromium } from './chromium.ts'

interface Step {
  readonly name: string
  readonly command: readonly string[]
}

const node = process.execPath
const bin = (name: string): string => `node_modules/.bin/${name}`

const check: readonly Step[] = [
  { name: 'types', command: [bin('tsc'), '--noEmit'] },
  { name: 'types of the client', command: [bin('tsc'), '--noEmit', '-p', 'packages/web'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [bin('oxfmt'), '--check', '.'] },
  { name: 'dead code', command: [bin('knip')] },
  { name: 'lexicon drift', command: [node, 'tools/generate.ts', '--check'] },
  { name: 'tidiness', command: tests(['tools/**/*.test.ts']) },
]
const unit: readonly Step[] = [{ name: 'unit and contract tests', command: tests(['packages/*/src/**/*.test.ts']) }]
const integration: readonly Step[] = [
  {
    name: 'integration tests',
    command: tests(['packages/*/test/**/*.test.ts'], ['--test-isolation=process', '--test-concurrency=1']),
  },
]
const browser: readonly Step[] = [
  { name: 'client build', command: [node, 'tools/build-web.ts'] },
  {
    name: 'browser tests',
    command: tests(['packages/web/e2e/**/*.test.ts'], ['--test-isolation=process', '--test-concurrency=1']),
  },
]

const tasks: Readonly<Record<string, (rest: readonly string[]) => readonly Step[]>> = {
  start: (rest) => [{ name: '', command: [node, 'tools/start.ts', ...rest] }],
  check: () => check,
  unit: () => unit,
  integration: () => integration,
  browser: () => browser,
  test: () => [...check, ...unit, ...integration, ...browser],
  bench: (rest) => [{ name: '', command: [node, '--expose-gc', 'bench/main.ts', ...rest] }],
  fuzz: (rest) => [{ name: '', command: [node, 'packages/server/test/fuzz/main.ts', ...rest] }],
  replay: (rest) => [{ name: '', command: [node, 'packages/load/src/main.ts', 'replay', ...rest] }],
  workbench: (rest) => [{ name: '', command: [node, 'packages/workbench/src/main.ts', ...rest] }],
  waypost: (rest) => [{ name: '', command: [node, 'packages/server/src/main.ts', ...rest] }],
  format: () => [{ name: 'format', command: [bin('oxfmt'), '.'] }],
  generate: () => [{ name: 'generate', command: [node, 'tools/generate.ts'] }],
}

function tests(globs: readonly string[], flags: readonly string[] = ['--test-isolation=none']): readonly string[] {
  const files = globs.flatMap((glob) => globSync(glob, { exclude: ['**/node_modules/**'] }))
  return [
    node,
    '--test',
    '--test-reporter=./tools/brief-reporter.ts',
    '--test-reporter-destination=stdout',
    ...flags,
    ...files.toSorted(),
  ]
}

const [name = '', ...rest] = process.argv.slice(2)
const task = tasks[name]
if (!task) {
  console.error(`No task "${name}". There are: ${Object.keys(tasks).join(', ')}.`)
  process.exit(2)
}
if (name === 'test' || name === 'browser') ensureChromium()
for (const step of task(rest)) {
  const from = performance.now()
  const [program, ...args] = step.command
  if (!existsSync(program!)) throw new Error(`${program} is missing: run npm ci`)
  if (step.name) console.error(`\n· ${step.name}`)
  const { status, signal } = spawnSync(program!, args, { stdio: 'inherit' })
  if (step.name) console.error(`  ${step.name}: ${((performance.now() - from) / 1_000).toFixed(1)} s`)
  if (status !== 0) {
    if (step.name) console.error(`  failed: ${step.name}`)
    process.exit(signal ? 130 : (status ?? 1))
  }
}
