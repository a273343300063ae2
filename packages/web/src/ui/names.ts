import { displayNames } from '../language/formats.ts'
import { isLanguage, LANGUAGES } from '../language/language.ts'
import type { Address, ProfileViewBasic } from '../views.ts'

/** What a person is called: their name, else their handle. */
export function nameOf({ displayName, handle, did }: Pick<ProfileViewBasic, 'displayName' | 'handle' | 'did'>): string {
  const name = displayName?.trim()
  if (name !== undefined && name !== '') return name
  return handle === 'handle.invalid' ? `${did.slice(0, 16)}…` : handle
}

/** `@ana.example`; a handle that does not point back is nobody's, so the DID stands in. */
export function handleOf({ handle, did }: Pick<ProfileViewBasic, 'handle' | 'did'>): string {
  return handle === 'handle.invalid' ? did : `@${handle}`
}

/** What leads to a person: their handle while it holds, which reads better, else their DID. */
export function actorOf({ handle, did }: Pick<ProfileViewBasic, 'handle' | 'did'>): string {
  return handle === 'handle.invalid' ? did : handle
}

/** `Lisbon, Portugal`, as far as known; empty where nothing is. */
export function townOf(address: Address | undefined): string {
  if (address === undefined) return ''
  const town = address.locality ?? address.region
  return [town, countryOf(address.country)].filter((part) => part !== undefined && part !== '').join(', ')
}

/** `Rua Garrett 120, 1200-205 Lisbon, Portugal`, as far as known. */
export function addressOf(address: Address | undefined): string {
  if (address === undefined) return ''
  const town = [address.postalCode, address.locality].filter(Boolean).join(' ')
  return [address.street, town === '' ? address.region : town, countryOf(address.country)].filter(Boolean).join(', ')
}

/** The country's name for its ISO code; anything else is shown as it stands. */
export function countryOf(country: string): string {
  return /^[A-Za-z]{2}$/.test(country) ? (named('region', country.toUpperCase()) ?? country) : country
}

/** A language's name for its code: its own, if it is one of ours, which takes no looking up. What is no code stays. */
export function languageOf(code: string): string {
  return isLanguage(code) ? LANGUAGES[code] : (named('language', code) ?? code)
}

/** Undefined where the code is none. */
function named(type: 'region' | 'language', code: string): string | undefined {
  try {
    return displayNames({ type }).of(code)
  } catch {
    return undefined
  }
}

export function sourceName(source: string): string | undefined {
  if (source === 'waypost') return undefined
  const names: Readonly<Record<string, string>> = { anchor: 'Anchor', beaconbits: 'BeaconBits' }
  return names[source] ?? source
}
