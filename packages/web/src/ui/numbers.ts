/** `40 m`, `1.2 km`, `18 km`: as exact as a person on foot cares for. Empty where it isn't a distance. */
export function distance(metres: number): string {
  if (!Number.isFinite(metres) || metres < 0) return ''
  if (metres < 995) return `${metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10} m`
  if (metres < 9_950) return `${(metres / 1_000).toFixed(1).replace(/\.0$/, '')} km`
  return `${Math.round(metres / 1_000).toLocaleString('en')} km`
}

/** `999`, `1.2k`, `18k`, `2.1M`: fits on a button or a pin. */
export function compact(count: number): string {
  if (count < 1_000) return String(count)
  if (count < 999_500) return `${rounded(count / 1_000)}k`
  return `${rounded(count / 1_000_000)}M`
}

/** `1 comment`, `2 comments`, `1,204 comments`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`. */
export function ordinal(count: number): string {
  const endings = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }
  return `${count.toLocaleString('en')}${endings[new Intl.PluralRules('en', { type: 'ordinal' }).select(count)]}`
}

/** `6.3 MB`, `390 kB`, in powers of ten. */
export function bytes(size: number): string {
  if (size < 1_000) return `${size} B`
  if (size < 999_500) return `${Math.round(size / 1_000)} kB`
  return `${(size / 1_000_000).toFixed(1)} MB`
}

/** `Mika`, `Mika and Tom`, `Mika, Tom and 3 others`. */
export function listed(names: readonly string[], shown = 2): string {
  if (names.length <= 1) return names[0] ?? ''
  const rest = names.length - shown
  if (rest <= 0) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  return `${names.slice(0, shown).join(', ')} and ${counted(rest, 'other')}`
}

function rounded(value: number): string {
  return value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value))
}
