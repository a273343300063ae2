import type { DirectoryPlace, PlaceRef, SourcedPlace } from './place-port.ts'

/** As many as a check-in may carry; the others are aliases all the same. */
const REFS_MAX = 10
/** As many as a view may show; what does not fit whole is left out. */
const ATTRIBUTION_BYTES_MAX = 300

/** The best known first: its entry gives a place its id, its name and its point. Other sources come after, by name. */
const SOURCES: readonly (string | undefined)[] = [undefined, 'osm', 'fsq', 'overture', 'geonames', 'wof', 'openflights']

/**
 * Sorts a source's entry among those of one place; smaller is first, and no two sources have the same. What check-ins
 * can refer to comes first of all, so that a check-in with all of a place's refs has the place's id.
 */
export function rankOfEntry({ source, refs }: Pick<SourcedPlace, 'source' | 'refs'>): string {
  const at = SOURCES.indexOf(source)
  return `${refs.length > 0 ? 0 : 1}${at === -1 ? SOURCES.length : at} ${source ?? ''}`
}

/** Several entries of one place, in the order of `rankOfEntry`, as one, of which nothing that any of them says is lost. */
export function mergeEntries(entries: readonly [SourcedPlace, ...SourcedPlace[]]): DirectoryPlace {
  const [{ id, name, latitude, longitude }] = entries
  const names = new Set(entries.flatMap((entry) => [entry.name, ...(entry.names ?? [])]))
  names.delete(name)
  const address = best(
    entries,
    (entry) => entry.address,
    (parts) => Object.keys(parts).length,
  )
  const ids = entries.flatMap((entry) => [entry.id, ...(entry.aliases ?? [])])
  const aliases = [...new Set(ids)].filter((alias) => alias !== id)
  return {
    id,
    name,
    names: [...names],
    category: best(
      entries,
      (entry) => entry.category,
      (category) => category.split('.').length,
    ),
    latitude,
    longitude,
    ...(address && { address }),
    refs: distinct(entries.flatMap(({ refs }) => refs)).slice(0, REFS_MAX),
    importance: Math.max(...entries.map(({ importance }) => importance)),
    attribution: attributionOf(entries),
    ...(aliases.length > 0 && { aliases }),
  }
}

/** What says the most, of as much the first. */
function best<Said>(
  entries: readonly SourcedPlace[],
  said: (entry: SourcedPlace) => Said | undefined,
  weight: (said: Said) => number,
): Said | undefined {
  return entries
    .flatMap((entry) => said(entry) ?? [])
    .toSorted((a, b) => weight(b) - weight(a))
    .at(0)
}

function distinct(refs: readonly PlaceRef[]): readonly PlaceRef[] {
  return [...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()]
}

function attributionOf(entries: readonly SourcedPlace[]): string | undefined {
  const each = new Set(entries.flatMap(({ attribution }) => attribution ?? []))
  const together = [...each].reduce((text, next) => {
    const longer = text === '' ? next : `${text}; ${next}`
    return Buffer.byteLength(longer) <= ATTRIBUTION_BYTES_MAX ? longer : text
  }, '')
  return together === '' ? undefined : together
}
