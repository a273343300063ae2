import { realWorld } from '@waypost/kernel'
import { startProgress } from '@waypost/kernel/progress'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { faultsFor, simulate, type Outcome } from './simulate.ts'
import { FAULT_KINDS, type FaultKind } from './tally.ts'

const SEEDS = 2 ** 31
const HISTORY_SHOWN = 25
const VIOLATIONS_SHOWN = 10
const EXIT = { valid: 0, invalid: 1, unknown: 2, badArguments: 255 } as const
const world = realWorld()

interface Flags {
  readonly seed?: number
  readonly seeds: number
  readonly minutes: number
  readonly replicas: number
  readonly ingests: number
  readonly faults?: readonly FaultKind[]
  readonly json: boolean
}

/** All seeds together, up to the first that fails. */
interface Campaign {
  readonly seeds: number
  readonly faults: Record<string, number>
  readonly deeds: number
  readonly virtualHours: number
  readonly seconds: number
  readonly healedMsMax: number
}

async function run(flags: Flags): Promise<void> {
  const first = flags.seed ?? Math.floor(world.random.fraction() * SEEDS)
  const progress = startProgress(world, process.stderr)
  const startMs = world.clock.elapsed()
  const outcomes: Outcome[] = []
  try {
    for (let seed = first; seed < first + flags.seeds; seed++) {
      progress.show('seeds', seed - first, flags.seeds, `seed ${seed}`)
      const outcome = await simulate({ ...flags, seed })
      outcomes.push(outcome)
      if (outcome.violations.length > 0) break
    }
  } finally {
    progress.finish()
  }
  const campaign = summed(outcomes, world.clock.elapsed() - startMs)
  const failed = outcomes.at(-1)!.violations.length > 0
  const wanted = flags.faults ?? faultsFor(flags.ingests)
  const never = wanted.filter((kind) => campaign.faults[kind] === 0)
  if (flags.json)
    console.log(JSON.stringify({ valid: !failed, never, ...campaign, ...(failed && { failed: outcomes.at(-1) }) }))
  else console.log(failed ? failureOf(outcomes.at(-1)!, flags) : summaryOf(campaign, never))
  process.exitCode = failed ? EXIT.invalid : never.length > 0 ? EXIT.unknown : EXIT.valid
}

function summed(outcomes: readonly Outcome[], tookMs: number): Campaign {
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0)
  return {
    seeds: outcomes.length,
    deeds: sum(({ deeds }) => deeds),
    virtualHours: sum(({ virtualMs }) => virtualMs) / 3_600_000,
    seconds: tookMs / 1_000,
    healedMsMax: Math.max(...outcomes.map(({ healedMs }) => healedMs)),
    faults: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, sum(({ faults }) => faults[kind])])),
  }
}

function summaryOf(campaign: Campaign, never: readonly FaultKind[]): string {
  const { seeds, deeds, virtualHours, seconds, healedMsMax, faults } = campaign
  const fired = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`)
  return [
    never.length > 0 ? `unknown: ${never.join(', ')} never made a difference` : 'valid',
    `  ${seeds} seeds, ${deeds} deeds, ${virtualHours.toFixed(1)} hours of virtual time in ${seconds.toFixed(1)} s`,
    `  all was as it must be at most ${(healedMsMax / 1_000).toFixed(1)} s after the faults`,
    `  faults that made a difference: ${fired.join(', ')}`,
  ].join('\n')
}

function failureOf({ seed, violations, history }: Outcome, { minutes, replicas, ingests, faults }: Flags): string {
  const limited = faults ? ` --faults ${faults.join(',')}` : ''
  return [
    `INVALID: seed ${seed}`,
    ...violations.slice(0, VIOLATIONS_SHOWN).map(({ kind, words }) => `  ${kind}: ${words}`),
    ...(violations.length > VIOLATIONS_SHOWN ? [`  and ${violations.length - VIOLATIONS_SHOWN} more`] : []),
    `The last of ${history.length} things that happened, after milliseconds:`,
    ...history.slice(-HISTORY_SHOWN).map((line) => `  ${line}`),
    `Again: npm run simulate -- --seed ${seed} --minutes ${minutes} --replicas ${replicas} --ingests ${ingests}${limited}`,
  ].join('\n')
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('not a whole number')
  return value
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('not a number above 0')
  return value
}

function kinds(text: string): readonly FaultKind[] {
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((known) => known === name)
    if (!kind) throw new InvalidArgumentError(`there are ${FAULT_KINDS.join(', ')}`)
    return kind
  })
}

try {
  await new Command('simulate')
    .description('Whole servers over a simulated network, in virtual time, held against an oracle.')
    .exitOverride()
    .option('--seed <number>', 'the first seed; by dice without it', whole)
    .option('--seeds <count>', 'how many, one after another, up to the first that fails', whole, 1)
    .option('--minutes <count>', 'of faults in each, in virtual time', positive, 4)
    .option('--replicas <count>', 'that answer, over one log', whole, 2)
    .option('--ingests <count>', 'one of them follows the hosts, the others stand by', whole, 2)
    .option('--faults <kinds>', `only these, with commas between: ${FAULT_KINDS.join(', ')}`, kinds)
    .option('--json', 'one line of JSON', false)
    .action((flags: Flags) => run(flags))
    .parseAsync()
} catch (fault) {
  if (!(fault instanceof CommanderError)) throw fault
  process.exitCode = fault.exitCode === 0 ? EXIT.valid : EXIT.badArguments
}
