import { realWorld } from '@waypost/kernel'
import { startProgress } from '@waypost/kernel/progress'
import { Command, InvalidArgumentError } from 'commander'
import {
  describeDataset,
  describeReplay,
  readFolder,
  replay,
  ReplayFault,
  type ReplayOptions,
  type ReplayReport,
} from './replay.ts'

/** Ctrl-C ends a replay in order; a second one at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

type Flags = Omit<ReplayOptions, 'folder' | 'eventsPerSecond'> & { readonly rate?: number; readonly dryRun: boolean }

const program = new Command('waypost-load').description('Traffic for a Waypost server')
program
  .command('replay')
  .description('Play a dataset of check-ins to a running server, as people on a host of its own')
  .argument('<folder>', 'folder with checkins.csv.gz and, where there are any, venues.csv.gz and friends.csv.gz')
  .option('--people <count>', 'how many people, those with the most check-ins first', positive, 300)
  .option('--server <url>', 'the Waypost server', 'http://127.0.0.1:4000')
  .option('--plc <url>', 'directory where the people get their identities', 'http://127.0.0.1:2582')
  .option('--rate <events>', 'events per second; without it as fast as the server reads', positive)
  .option('--port <port>', "port of the replay's own host", Number, 2590)
  .option('--seed <text>', 'another seed makes other people', 'waypost replay')
  .option('--dry-run', 'only read the folder, and say how many rows are kept and why others are not', false)
  .option('--hold', 'keep the host up after the end, until Ctrl-C', false)
  .action(async (folder: string, flags: Flags) => {
    const world = realWorld()
    const signal = interrupted()
    const { rate: eventsPerSecond, dryRun, ...rest } = flags
    if (dryRun) {
      console.log(describeDataset(await readFolder({ folder, people: Math.floor(rest.people) })))
      return
    }
    const progress = startProgress(world, process.stderr)
    let done = false
    function onReport(report: ReplayReport): void {
      done = !signal.aborted
      console.log(describeReplay(report))
    }
    const options = { folder, eventsPerSecond, ...rest, people: Math.floor(rest.people) }
    await replay(world, options, { progress, onReport, signal }).finally(() => progress.finish())
    if (!done) process.exitCode = 130
  })

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof ReplayFault)) throw error
  console.error(error.message)
  process.exitCode = 1
}
