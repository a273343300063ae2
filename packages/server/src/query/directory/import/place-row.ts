import { categoryOf } from '@waypost/lexicon/category-names'
import { refuse, ok, type Result } from '@waypost/kernel'

/** A row as a reader found it: text, not looked at yet. */
export interface RawPlace {
  /** What the source calls it; tells its rows apart. */
  readonly sourceId: string
  readonly name: string | undefined
  /** By language, `name:ja` without its beginning; `''` for another name of no language. */
  readonly names?: Readonly<Record<string, string>>
  readonly category?: string | undefined
  readonly latitude: string | number | undefined
  readonly longitude: string | number | undefined
  readonly street?: string | undefined
  readonly locality?: string | undefined
  readonly region?: string | undefined
  readonly postalCode?: string | undefined
  readonly country?: string | undefined
  /** Says, in whatever words, that it is no more. */
  readonly closed?: string | undefined
  readonly population?: number | undefined
}

/** One more name of a place that another row is about, whichever is read first. */
export interface RawName {
  readonly sourceId: string
  /** Of two or three letters; what else stands there marks a code or an address, which is no name. */
  readonly lang: string
  readonly otherName: string | undefined
}

/** Of a file, one at a time; a row that cannot be read is `undefined`. */
export type Rows = AsyncGenerator<RawPlace | RawName | undefined, void>

export interface ImportedPlace {
  readonly sourceId: string
  readonly name: string
  readonly names: Readonly<Record<string, string>>
  readonly category: string | undefined
  readonly latitude: number
  readonly longitude: number
  readonly address: Readonly<Record<string, string>> | undefined
  readonly population: number | undefined
}

export interface ImportedName {
  readonly sourceId: string
  readonly lang: string
  readonly name: string
}

/** Why a row is not kept. */
export const REFUSALS = [
  'unreadable-row',
  'no-name',
  'no-position',
  'swapped-coordinates',
  'impossible-coordinates',
  'closed-place',
] as const
export type RowRefusal = (typeof REFUSALS)[number]

const NAME_CHARACTERS_MAX = 300
const NAMES_MAX = 50
const NOT_CLOSED = /^(|0|no|false|open|active|n)$/i

/** Nothing is repaired: a row with swapped coordinates is refused as that, so that whoever has the data can mend it. */
export function judgeRow(raw: RawPlace): Result<ImportedPlace, RowRefusal> {
  const name = raw.name?.trim()
  if (!name) return refuse('no-name')
  if (raw.closed !== undefined && !NOT_CLOSED.test(raw.closed.trim())) return refuse('closed-place')
  const latitude = degreesOf(raw.latitude)
  const longitude = degreesOf(raw.longitude)
  // Where the equator meets the first meridian there is only what somebody left out.
  if (latitude === undefined || longitude === undefined || (latitude === 0 && longitude === 0))
    return refuse('no-position')
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) {
    const isSwapped = Math.abs(latitude) <= 180 && Math.abs(longitude) <= 90
    return refuse(isSwapped ? 'swapped-coordinates' : 'impossible-coordinates')
  }
  const names = Object.entries(raw.names ?? {})
    .map(([lang, text]) => [lang, cut(text)] as const)
    .filter(([, text]) => text !== '' && text !== name)
    .slice(0, NAMES_MAX)
  return ok({
    sourceId: raw.sourceId,
    name: cut(name),
    names: Object.fromEntries(names),
    category: categoryOf(raw.category),
    latitude,
    longitude,
    address: addressOf(raw),
    population: raw.population !== undefined && raw.population > 0 ? raw.population : undefined,
  })
}

export function judgeName({ sourceId, lang, otherName }: RawName): Result<ImportedName, RowRefusal> {
  const name = cut(otherName ?? '')
  if (name === '' || !/^([a-z]{2,3}(-[A-Za-z0-9]+)*)?$/.test(lang)) return refuse('no-name')
  return ok({ sourceId, lang, name })
}

function cut(text: string): string {
  return text.trim().slice(0, NAME_CHARACTERS_MAX).toWellFormed()
}

function degreesOf(given: string | number | undefined): number | undefined {
  if (typeof given === 'number') return Number.isFinite(given) ? given : undefined
  const text = given?.trim()
  return text && /^[+-]?\d{1,3}(\.\d*)?$/.test(text) ? Number(text) : undefined
}

/** Only where the country is known, as check-ins' addresses demand. */
function addressOf({ street, locality, region, postalCode, country }: RawPlace): ImportedPlace['address'] {
  const code = country?.trim()
  if (!code || code.length < 2 || Buffer.byteLength(code) > 10) return undefined
  const parts = { street, locality, region, postalCode }
  const known = Object.entries(parts).flatMap(([part, text]) => (text?.trim() ? [[part, cut(text)] as const] : []))
  return { country: code, ...Object.fromEntries(known) }
}
