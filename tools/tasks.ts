/**
 * Every task of the repository, by name. `launch.mjs` calls this on the right Node with everything installed.
 * A task is a list of steps, or of several at once; a step is a command. The first that fails ends the task with its exit
 * code.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { ensureChromium } from './chromium.ts'
import { ensureNatsServer } from './nats-server.ts'

interface Step {
  readonly name: string
  readonly command: readonly string[]
}

const node = process.execPath
/** A process for each file; two at a time, since they wait for processes and clocks most of the time. */
const PROCESSES = ['--test-isolation=process', '--test-concurrency=2']
/** A test that takes longer hangs: it fails, and the others go on. */
const TEST_MS_MAX = 5 * 60_000
/** Tests that together take longer than this hang; what runs is named and ended. */
const TESTS_MS_MAX = 40 * 60_000
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
const directory: Step = { name: 'directory of places', command: [node, 'tools/build-directory.ts'] }
const integration: Step = { name: 'integration tests', command: tests(['packages/*/test/**/*.test.ts'], PROCESSES) }
const browser: readonly Step[] = [
  { name: 'client build', command: [node, 'tools/build-web.ts'] },
  {
    name: 'browser tests',
    command: tests(['packages/web/e2e/**/*.test.ts'], PROCESSES),
  },
]

const screens: readonly Step[] = [
  { name: 'client build', command: [node, 'tools/build-web.ts'] },
  {
    name: 'pictures of every screen',
    command: tests(['packages/web/e2e/{screens,gallery,ops}.test.ts'], ['--test-concurrency=1']),
  },
  { name: 'pictures for the docs', command: [node, 'packages/web/e2e/docs-screens.ts'] },
]

type Steps = readonly (Step | readonly Step[])[]

const tasks: Readonly<Record<string, (rest: readonly string[]) => Steps>> = {
  start: (rest) => [{ name: '', command: [node, 'tools/start.ts', ...rest] }],
  cluster: (rest) => [{ name: '', command: [node, 'tools/cluster.ts', ...rest] }],
  chaos: (rest) => [{ name: '', command: [node, 'tools/chaos/main.ts', ...rest] }],
  check: () => check,
  unit: () => unit,
  integration: () => [directory, integration],
  browser: () => browser,
  screens: () => screens,
  // The integration tests wait for processes and clocks most of the time.
  test: () => [...check, directory, [...unit, integration], ...browser],
  bench: (rest) => [{ name: '', command: [node, '--expose-gc', 'bench/main.ts', ...rest] }],
  fuzz: (rest) => [{ name: '', command: [node, 'packages/server/test/fuzz/main.ts', ...rest] }],
  replay: (rest) => [{ name: '', command: [node, 'packages/load/src/main.ts', 'replay', ...rest] }],
  load: (rest) => [{ name: '', command: [node, 'tools/load/main.ts', ...rest] }],
  workbench: (rest) => [{ name: '', command: [node, 'packages/workbench/src/main.ts', ...rest] }],
  simulate: (rest) => [{ name: '', command: [node, 'packages/workbench/src/whole/main.ts', ...rest] }],
  waypost: (rest) => [{ name: '', command: [node, 'packages/server/src/main.ts', ...rest] }],
  format: () => [{ name: 'format', command: [bin('oxfmt'), '.'] }],
  paper: () => [{ name: 'paper', command: [node, 'tools/paper/build.ts'] }],
  docs: () => [{ name: 'docs', command: [node, 'tools/docs/build.ts'] }],
  generate: () => [{ name: 'generate', command: [node, 'tools/generate.ts'] }],
}

function tests(globs: readonly string[], flags: readonly string[] = ['--test-isolation=none']): readonly string[] {
  const files = globs.flatMap((glob) => globSync(glob, { exclude: ['**/node_modules/**'] }))
  return [
    node,
    '--import=./tools/property-seed.ts',
    '--test',
    '--test-reporter=./tools/brief-reporter.ts',
    '--test-reporter-destination=stdout',
    `--test-timeout=${TEST_MS_MAX}`,
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
if (['test', 'browser', 'screens', 'paper'].includes(name)) ensureChromium()
if (name === 'test' || name === 'integration') ensureNatsServer()
if (name === 'screens') process.env['PICTURES'] = 'all'
for (const steps of task(rest)) {
  const codes = await Promise.all([steps].flat().map(run))
  const failed = codes.find((code) => code !== 0)
  if (failed !== undefined) process.exit(failed)
}

/** Answers the exit code. */
async function run({ name: step, command: [program, ...args] }: Step): Promise<number> {
  const from = performance.now()
  if (!existsSync(program!)) throw new Error(`${program} is missing: run npm ci`)
  if (step) console.error(`\n· ${step}`)
  const child = spawn(program!, args, { stdio: 'inherit' })
  const bound = args.includes('--test') ? setTimeout(() => child.kill(), TESTS_MS_MAX) : undefined
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearTimeout(bound)
  if (step) console.error(`  ${step}: ${((performance.now() - from) / 1_000).toFixed(1)} s`)
  if (code !== 0 && step) console.error(`  failed: ${step}`)
  return signal ? 130 : (code ?? 1)
}
