import type { DirectoryPlace } from './place-port.ts'

/** A place of the directory as it is in a table. */
export interface PlaceColumns {
  readonly id: string
  readonly name: string
  readonly category: string | null
  readonly latitude: number
  readonly longitude: number
  /** JSON, as the references and aliases are. */
  readonly address: string | null
  readonly refs: string
  readonly importance: number
  readonly attribution: string | null
  readonly aliases: string | null
}

export function placeOf(row: PlaceColumns): DirectoryPlace {
  const { id, name, latitude, longitude, importance } = row
  return {
    id,
    name,
    category: row.category ?? undefined,
    latitude,
    longitude,
    ...(row.address !== null && { address: JSON.parse(row.address) as NonNullable<DirectoryPlace['address']> }),
    refs: JSON.parse(row.refs) as DirectoryPlace['refs'],
    importance,
    attribution: row.attribution ?? undefined,
    ...(row.aliases !== null && { aliases: JSON.parse(row.aliases) as readonly string[] }),
  }
}
