import { readFileSync } from 'node:fs'

/** What a bench of the repository gave, by a name of the paper's own. */
export interface Measurement {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Decimals, where the value alone would show too few. */
  readonly digits?: number
  /** What gives it again. */
  readonly command: string
}

export interface Measurements {
  readonly machine: string
  readonly figures: readonly Measurement[]
}

export const MEASUREMENTS_FILE = 'docs/paper/measurements.json'

export function readMeasurements(): Measurements {
  return JSON.parse(readFileSync(MEASUREMENTS_FILE, 'utf8')) as Measurements
}

export function measured({ figures }: Measurements, name: string): Measurement {
  const found = figures.find((figure) => figure.name === name)
  if (!found) throw new Error(`${MEASUREMENTS_FILE} has no figure "${name}"`)
  return found
}

export function formatted({ value, digits }: Measurement): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 2 })
}
