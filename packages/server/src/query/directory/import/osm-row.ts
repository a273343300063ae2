import type { RawPlace } from './place-row.ts'

export type Fields = Readonly<Record<string, string | undefined>>

export function namesIn(tags: Fields): Record<string, string> {
  const names: Record<string, string> = {}
  for (const [key, text] of Object.entries(tags)) {
    const lang = /^(?:alt_name|old_name|short_name)$/.test(key)
      ? ''
      : /^name[:_]([a-z]{2,3}(?:[-_][a-z0-9]+)?)$/i.exec(key)?.[1]
    if (lang !== undefined && typeof text === 'string' && text !== '') names[lang] ??= text
  }
  return names
}

export function streetOf(tags: Fields): string | undefined {
  const street = tags['addr:street']
  return street && [street, tags['addr:housenumber']].filter(Boolean).join(' ')
}

/** OpenStreetMap's keys that say what a place is, the most telling first. */
const KINDS = [
  'amenity',
  'shop',
  'tourism',
  'leisure',
  'historic',
  'railway',
  'aeroway',
  'natural',
  'office',
  'craft',
  'sport',
  'healthcare',
  'man_made',
  'place',
  'public_transport',
  'building',
]

/** Whether `osmRow` makes something of these tags. */
export function isPlace(tags: Fields): boolean {
  return tags['name'] !== undefined && KINDS.some((key) => tags[key] !== undefined && tags[key] !== 'no')
}

/** Undefined for what is no place to be at: streets, borders and whatever else has a name. */
export function osmRow(
  sourceId: string,
  tags: Fields,
  at: { readonly lat?: number | undefined; readonly lon?: number | undefined },
): RawPlace | undefined {
  const kinds = KINDS.filter((each) => tags[each] !== undefined && tags[each] !== 'no')
  // An attraction may be anything; what is done there says more.
  const key =
    tags['tourism'] === 'attraction' && kinds.includes('leisure') && kinds[0] === 'tourism' ? 'leisure' : kinds[0]
  if (tags['name'] === undefined || key === undefined) return undefined
  const isGone =
    Object.keys(tags).some((each) => /^(disused|abandoned|was|demolished):/.test(each)) && tags['amenity'] === undefined
  return {
    sourceId,
    name: tags['name'],
    names: namesIn(tags),
    category: `${key}=${tags[key]}`,
    latitude: at.lat,
    longitude: at.lon,
    street: streetOf(tags),
    locality: tags['addr:city'],
    region: tags['addr:state'],
    postalCode: tags['addr:postcode'],
    country: tags['addr:country'],
    closed: isGone ? 'closed' : undefined,
    population: Number(tags['population'] ?? Number.NaN) || undefined,
  }
}
