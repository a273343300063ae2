/** `npm run fuzz`: a long campaign. See `--help`. */
import { parseArgs } from 'node:util'
import { runCampaign, type Report } from './campaign.ts'
import { loadCorpus } from './corpus.ts'
import { keep } from './findings.ts'
import { TARGETS } from './targets.ts'
import { openRange } from './turn.ts'

const HELP = `npm run fuzz -- [--target NAME]… [--minutes N] [--seed N] [--turn N] [--generated]

Mutates what strangers send, real and generated, and sees that every mutant is refused for a reason or holds,
quickly, and without an exception. What is found is written to packages/server/test/fuzz/findings.

  --target NAME  this target; can be repeated; without it all of them
  --minutes N    so many minutes of the CPU; 5 without it
  --seed N       what the dice follow from; another one each time without it
  --turn N       this one turn of a target and a seed, and what comes of it
  --generated    leaves recorded material (../shared/data) out, also where it is there

Exit code: 0, 1 where something was found, 2 for a wrong argument.

Targets:
${TARGETS.map(({ name, about }) => `  ${name.padEnd(13)}  ${about}`).join('\n')}
`

const options = {
  target: { type: 'string', multiple: true, default: TARGETS.map(({ name }) => name) },
  minutes: { type: 'string', default: '5' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  turn: { type: 'string' },
  generated: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const values = readArguments()
const wrong = values && wrongIn(values)
if (!values) process.exitCode = 2
else if (values.help) console.log(HELP)
else if (wrong !== undefined) {
  console.error(`${wrong}\n\n${HELP}`)
  process.exitCode = 2
} else if (values.turn === undefined) process.exitCode = await campaign(values)
else process.exitCode = await oneTurn(values, Number(values.turn))

function readArguments() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    return undefined
  }
}

type Values = NonNullable<ReturnType<typeof readArguments>>

function wrongIn({ target, minutes, seed, turn }: Values): string | undefined {
  const unknown = target.find((name) => TARGETS.every((each) => each.name !== name))
  if (unknown !== undefined) return `No target "${unknown}".`
  if (!(Number(minutes) > 0)) return '--minutes: a number above 0'
  if (!Number.isSafeInteger(Number(seed))) return '--seed: a whole number'
  if (turn !== undefined && (target.length !== 1 || !Number.isSafeInteger(Number(turn)))) {
    return '--turn: a whole number, of one target'
  }
  return undefined
}

async function campaign({ target: targets, generated, ...numbers }: Values): Promise<0 | 1> {
  const [minutes, seed] = [Number(numbers.minutes), Number(numbers.seed)]
  console.log(`seed ${seed}, ${minutes} minutes of the CPU, targets: ${targets.join(', ')}`)
  const report = await runCampaign({ targets, seed, recorded: !generated, cpuMsMax: minutes * 60_000 }, (so) =>
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${line(so, minutes)}${process.stderr.isTTY ? '' : '\n'}`),
  )
  console.log('')
  for (const absent of report.missing) console.log(`left out: ${absent}`)
  console.table(
    report.targets.map(({ name, executions, said, judgedMs, slowest }) => ({
      target: name,
      executions,
      'judged a second': Math.round((executions / judgedMs) * 1_000),
      'different verdicts': Object.keys(said).length,
      'slowest, ms of CPU': Number(slowest.cpuMs.toFixed(1)),
      'in turn': slowest.turn,
    })),
  )
  for (const { name, said } of report.targets) console.log(`${name}: ${listed(said)}`)
  const { heapBytes, bufferBytes } = report.grown
  console.log(`grown since the first round: heap ${megabytes(heapBytes)}, buffers ${megabytes(bufferBytes)}`)
  for (const finding of report.findings) {
    console.log(`\nFOUND by --target ${finding.target} --seed ${seed} --turn ${finding.turn} (${finding.by})`)
    console.log(`${finding.fault}\nkept in ${keep(finding)}`)
  }
  console.log(report.findings.length === 0 ? 'nothing found' : `\n${report.findings.length} found`)
  return report.findings.length === 0 ? 0 : 1
}

async function oneTurn({ target: [name], generated, seed }: Values, turn: number): Promise<0 | 1> {
  const target = TARGETS.find((each) => each.name === name)!
  const range = openRange(target, await loadCorpus({ recorded: !generated }))
  const { mutant, said, cpuMs, fault } = await range.shoot(Number(seed), turn)
  console.log(`${mutant.bytes.length} bytes, by ${mutant.by}; about ${mutant.about || 'nobody'}`)
  console.log(`said: ${said ?? 'nothing'}, in ${cpuMs.toFixed(1)} ms of the CPU\n${fault ?? 'nothing wrong'}`)
  return fault === undefined ? 0 : 1
}

function line({ targets: told, cpuMs, heapBytes, findings }: Report, minutes: number): string {
  const executions = told.reduce((sum, each) => sum + each.executions, 0)
  const slowest = told.reduce((a, b) => (a.slowest.cpuMs > b.slowest.cpuMs ? a : b))
  const verdicts = told.reduce((sum, { said }) => sum + Object.keys(said).length, 0)
  return [
    `${(cpuMs / 60_000).toFixed(1)} of ${minutes} min`,
    `${executions} executions, ${Math.round((executions / cpuMs) * 1_000)} a second`,
    `${verdicts} verdicts`,
    `slowest ${slowest.slowest.cpuMs.toFixed(0)} ms (${slowest.name})`,
    `heap ${megabytes(heapBytes)}`,
    ...(findings.length > 0 ? [`${findings.length} found`] : []),
  ].join(' · ')
}

function listed(said: Readonly<Record<string, number>>): string {
  return Object.entries(said)
    .toSorted(([, a], [, b]) => b - a)
    .map(([word, count]) => `${word} ${count}`)
    .join(', ')
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`
}
