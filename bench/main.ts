/**
 * `npm run bench -- NAME [--json] [--full]`: runs one benchmark and prints its figures as a table.
 * With `--json` the last line of standard output is `{"bench", "machine", "figures": {name: number}}`.
 */
import { globSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'

/** What a benchmark file exports as `bench`. */
export interface Bench {
  /** One line: what is measured, against what. */
  readonly about: string
  run(options: { readonly full: boolean; readonly note: (line: string) => void }): Promise<readonly Figure[]>
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
const name = positionals[0]
if (!name || !names.includes(name)) {
  console.error(`npm run bench -- NAME [--json] [--full]\nThere are: ${names.join(', ')}`)
  process.exit(2)
}
const { bench } = (await import(`./${name}.bench.ts`)) as { bench: Bench }
const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
console.log(`${name}: ${bench.about}\n${machine}\n`)
const figures = await bench.run({ full: values.full, note: (line) => console.error(line) })
const width = Math.max(...figures.map((figure) => figure.name.length))
for (const { name: label, value, unit, goal } of figures) {
  console.log(`  ${label.padEnd(width)}  ${format(value).padStart(12)} ${unit}${goal ? `   (goal: ${goal})` : ''}`)
}
if (values.json) {
  const byName = Object.fromEntries(figures.map((figure) => [figure.name, figure.value]))
  console.log(JSON.stringify({ bench: name, machine, figures: byName }))
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 })
}
