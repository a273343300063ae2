import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { realWorld } from '@waypost/kernel'
import { startProgress, type Progress } from '@waypost/kernel/progress'
import { Command, CommanderError } from 'commander'
import { addTestOptions, FlagFault, runOptionsOf, type Flags } from './cli-options.ts'
import { runInside } from './inside/run-inside.ts'
import type { Program } from './node/program.ts'
import { runOutside } from './outside/run-outside.ts'
import { pageOf } from './report/page.ts'
import { resultsOf } from './report/results.ts'
import { summaryOf } from './report/summary.ts'
import { historyText } from './run/history.ts'
import type { RunResult } from './run/run.ts'

/** What shells and Maelstrom's users expect. */
const EXIT = { valid: 0, invalid: 1, unknown: 2, badArguments: 255 } as const
const SEEDS = 2 ** 31
const world = realWorld()

async function test(args: readonly string[], flags: Flags): Promise<void> {
  const firstSeed = flags.seed ?? Math.floor(world.random.fraction() * SEEDS)
  for (let seed = firstSeed; seed < firstSeed + flags.seeds; seed++) {
    const folder = join(
      flags.store,
      flags.workload,
      `${new Date(world.clock.now()).toISOString().replaceAll(':', '-')}-${seed}`,
    )
    mkdirSync(folder, { recursive: true })
    const progress = startProgress(world, process.stderr)
    const result = await run(args, flags, { seed, folder, progress }).finally(() => progress.finish())
    keep(result, folder, flags)
    console.log(
      flags.json ? JSON.stringify(resultsOf(result)) : `${summaryOf(result)}\n  ${join(folder, 'report.html')}`,
    )
    process.exitCode = result.valid === 'unknown' ? EXIT.unknown : result.valid ? EXIT.valid : EXIT.invalid
    if (result.valid !== true) break
  }
}

interface Place {
  readonly seed: number
  readonly folder: string
  readonly progress: Progress
}

async function run(args: readonly string[], flags: Flags, { seed, folder, progress }: Place): Promise<RunResult> {
  const options = runOptionsOf(flags, seed)
  const bin = flags.bin === undefined ? nodeOf(flags.workload) : resolve(flags.bin)
  function onProgress(doneMs: number, ofMs: number, words: string): void {
    progress.show(flags.workload, Math.round(doneMs / 1_000), Math.round(ofMs / 1_000), words)
  }
  if (flags.inside) {
    const { program } = (await import(pathToFileURL(bin).href)) as { program?: Program }
    if (!program) throw new FlagFault(`${bin} exports no program: it can't run inside`)
    return runInside(options, { program, args, onProgress })
  }
  const isScript = /\.[cm]?[jt]s$/.test(bin)
  return runOutside(options, {
    command: [...(isScript ? [process.execPath] : []), bin, ...args],
    logFolder: join(folder, 'node-logs'),
    onLogLine: flags.logStderr ? (node, line) => console.error(`${node}: ${line}`) : undefined,
    onProgress,
    world,
  })
}

/** Our own node for a workload. */
function nodeOf(workload: string): string {
  const name = workload === 'g-counter' ? 'pn-counter' : workload
  return fileURLToPath(new URL(`../nodes/${name}.ts`, import.meta.url))
}

function keep(result: RunResult, folder: string, { store }: Flags): void {
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(resultsOf(result), undefined, 2)}\n`)
  writeFileSync(join(folder, 'history.jsonl'), historyText(result.history))
  writeFileSync(join(folder, 'report.html'), pageOf(result))
  const latest = join(store, 'latest')
  rmSync(latest, { force: true })
  symlinkSync(resolve(folder), latest)
}

const program = new Command('workbench').description('Tests of distributed programs').exitOverride()
addTestOptions(
  program.command('test').description('Run nodes of one kind under one workload, and judge what clients saw'),
)
  .argument('[args...]', 'after --: arguments of the node')
  .exitOverride()
  .action(test)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof FlagFault) console.error(error.message)
  else if (!(error instanceof CommanderError)) throw error
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? EXIT.valid : EXIT.badArguments
}
