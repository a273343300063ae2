import { numeral } from '../language/formats.ts'

/** `40 m`, `1.2 km`, `18 km`: as exact as a person on foot cares for. Empty where it isn't a distance. */
export function distance(metres: number): string {
  if (!Number.isFinite(metres) || metres < 0) return ''
  if (metres < 995) return measure(metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10, 'meter')
  return measure(metres / 1_000, 'kilometer', metres < 9_950 ? 1 : 0)
}

/** `999`, `1.2k`, `18k`, in Japanese `1.8万`: fits on a button or a pin. */
export function compact(count: number): string {
  return numeral(count, { notation: 'compact' })
}

/** `6.3 MB`, `390 kB`, in powers of ten. */
export function bytes(size: number): string {
  if (size < 999_500) return measure(Math.ceil(size / 1_000), 'kilobyte')
  return measure(size / 1_000_000, 'megabyte', 1)
}

function measure(value: number, unit: string, maximumFractionDigits = 0): string {
  return numeral(value, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits })
}
