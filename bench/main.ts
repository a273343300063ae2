/**
 * `npm run bench -- NAME [PART] [--json] [--full]`: runs one benchmark, or one part of it, prints its figures as a table
 * and writes them to `.bench/NAME.json`: `{"bench", "machine", "figures": {name: number}}`. With `--json` that is also
 * the last line of standard output.
 */
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'

/** What a benchmark file exports as `bench`. */
export interface Bench {
  /** One line: what is measured, against what. */
  readonly about: string
  /** Parts that can be run alone. */
  readonly parts?: readonly string[]
  run(options: BenchOptions & { readonly only: string | undefined }): Promise<readonly Figure[]>
}

export interface BenchOptions {
  readonly full: boolean
  readonly note: (line: string) => void
}

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the figure was to reach, in words. */
  readonly goal?: string
}

const names = globSync('bench/*.bench.ts')
  .map((file) => basename(file, '.bench.ts'))
  .toSorted()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, full: { type: 'boolean', default: false } },
})
const [name, only] = positionals
if (!name || !names.includes(name)) {
  console.error(`npm run bench -- NAME [PART] [--json] [--full]\nThere are: ${names.join(', ')}`)
  process.exit(2)
}
// What a benchmark has started ends with this process, which it does not where a signal ends it by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const { bench } = (await import(`./${name}.bench.ts`)) as { bench: Bench }
if (only !== undefined && !bench.parts?.includes(only)) {
  console.error(`${name} has ${bench.parts ? `the parts ${bench.parts.join(', ')}` : 'no parts'}`)
  process.exit(2)
}
const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
console.log(`${name}: ${bench.about}\n${machine}\n`)
const figures = await bench.run({ only, full: values.full, note: (line) => console.error(line) })
const width = Math.max(...figures.map((figure) => figure.name.length))
for (const { name: label, value, unit, goal } of figures) {
  console.log(`  ${label.padEnd(width)}  ${format(value).padStart(12)} ${unit}${goal ? `   (goal: ${goal})` : ''}`)
}
const byName = Object.fromEntries(figures.map((figure) => [figure.name, figure.value]))
const json = JSON.stringify({ bench: name, machine, figures: byName })
mkdirSync('.bench', { recursive: true })
writeFileSync(`.bench/${name}.json`, `${json}\n`)
if (values.json) console.log(json)

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 })
}
