import { numeral } from '../language/formats.ts'

/** Numbers side by side, each over its name; those that are not known are left out. */
export function Stats({ stats }: { readonly stats: readonly (readonly [string, number | undefined])[] }) {
  const known = stats.filter((stat): stat is readonly [string, number] => stat[1] !== undefined)
  if (known.length === 0) return null
  return (
    <dl className="stats">
      {known.map(([label, count]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{numeral(count)}</dd>
        </div>
      ))}
    </dl>
  )
}
