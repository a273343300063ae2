import type { app } from '@waypost/lexicon'

/** What the directory answers, and what is asked of it. */

export type PlaceRef = NonNullable<app.waypost.checkin.Place['refs']>[number]

export interface DirectoryPlace {
  /** What `placeId` answers for the place. */
  readonly id: string
  readonly name: string
  /** What else it is called, in whatever language: searched, not shown. */
  readonly names?: readonly string[]
  readonly category: string | undefined
  /** Degrees. */
  readonly latitude: number
  readonly longitude: number
  readonly address?: {
    readonly country: string
    readonly region?: string
    readonly locality?: string
    readonly street?: string
    readonly postalCode?: string
  }
  readonly refs: readonly PlaceRef[]
  /** 0 to 1: how likely it is that someone means this place, everything else being equal. */
  readonly importance: number
  /** To be shown with the place, where a licence asks for it. */
  readonly attribution: string | undefined
  /** By which ids it is known too: those of other sources' entries that are the same place. */
  readonly aliases?: readonly string[]
}

/** What a directory is made of. */
export interface SourcedPlace extends DirectoryPlace {
  /** A place's entries of different sources are gathered; without one it is the operator's own. */
  readonly source?: string
}

/** `distance` in metres, where a position was given. */
export type FoundPlace = DirectoryPlace & { readonly distance?: number }

export interface DirectoryQuery {
  /** The beginnings of words, in any order and any script. */
  readonly text?: string
  /** Degrees, in range. */
  readonly near?: { readonly latitude: number; readonly longitude: number }
  readonly limit: number
  readonly offset: number
}

/** A place and its number in the directory: the most important have the smallest. */
export type NumberedPlace = DirectoryPlace & { readonly number: number }

export interface Directory {
  /** By its id or one of its aliases. */
  get(id: string): DirectoryPlace | undefined
  /**
   * Best first. With a text: the places that have all of its words, by how well the name fits, how near and how
   * important the place is. With a position only: the nearest, however far, where a town's middle gives way to
   * anything else that is about as near. With neither: the most important. Up to 500 in all, over all pages.
   */
  search(query: DirectoryQuery): readonly FoundPlace[]
  /** The places in a cell with numbers past `after`, most important first. */
  inCell(cell: string, page: { readonly after: number; readonly limit: number }): readonly NumberedPlace[]
  count(): number
  close(): void
}

/** A directory that knows no place. */
export const EMPTY_DIRECTORY: Pick<Directory, 'get' | 'inCell' | 'search'> = {
  get: () => undefined,
  inCell: () => [],
  search: () => [],
}
