/**
 * The addresses of the app. Every link goes through a builder here, and `readPath` is the builders' inverse: what one
 * makes, the other reads, for any DID, handle or place id (a place id may hold slashes and colons).
 */

export type Route =
  | { readonly page: 'live' }
  | { readonly page: 'check-in' }
  | { readonly page: 'checkin'; readonly did: string; readonly collection: string; readonly rkey: string }
  | { readonly page: 'place'; readonly id: string }
  | { readonly page: 'person'; readonly actor: string }
  | { readonly page: 'friends' }
  | { readonly page: 'search' }
  | { readonly page: 'notifications' }
  | { readonly page: 'lists' }
  | { readonly page: 'rules' }
  | { readonly page: 'list'; readonly did: string; readonly rkey: string }
  | { readonly page: 'sign-in' }
  | { readonly page: 'about' }
  | { readonly page: 'settings' }
  | { readonly page: 'ops' }
  | { readonly page: 'not-found' }

export const CHECKIN_COLLECTION = 'app.waypost.checkin'

export const livePath = '/'
export const checkInPath = '/check-in'
export const friendsPath = '/friends'
export const searchPath = '/search'
export const aboutPath = '/about'
export const notificationsPath = '/notifications'
export const listsPath = '/lists'
export const rulesPath = '/rules'
export const settingsPath = '/settings'

/** The search over check-ins, of somebody, at a place or in a part of the map: what `pages/search-address.ts` reads. */
export function searchCheckinsPath(preset: Readonly<Record<string, string>>): string {
  return `${searchPath}?${new URLSearchParams({ in: 'checkins', ...preset })}`
}

export function personPath(actor: string): string {
  return `/person/${encode(actor)}`
}

export function placePath(id: string): string {
  return `/place/${encode(id)}`
}

/** The page of a list of places, by its at:// address; undefined where the address isn't one of a list. */
export function listPath(uri: string): string | undefined {
  const [, did, rkey] = /^at:\/\/([^/]+)\/app\.waypost\.list\/([^/]+)$/.exec(uri) ?? []
  return did === undefined || rkey === undefined ? undefined : `/list/${encode(did)}/${encode(rkey)}`
}

/** The page of a check-in, by its at:// address; undefined where the address isn't one of a record. */
export function checkinPath(uri: string): string | undefined {
  const [, did, collection, rkey] = /^at:\/\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(uri) ?? []
  if (did === undefined || collection === undefined || rkey === undefined) return undefined
  const middle = collection === CHECKIN_COLLECTION ? '' : `${encode(collection)}/`
  return `/checkin/${encode(did)}/${middle}${encode(rkey)}`
}

export function checkinUri({ did, collection, rkey }: { did: string; collection: string; rkey: string }): string {
  return `at://${did}/${collection}/${rkey}`
}

/** The sign-in page, which leads back to where the person was. */
export function signInPath(returnTo: string): string {
  return returnTo === livePath ? '/sign-in' : `/sign-in?returnTo=${encodeURIComponent(returnTo)}`
}

/** Where to go after signing in: only ever a path of this site. */
export function readReturnTo(search: string): string {
  const path = new URLSearchParams(search).get('returnTo') ?? livePath
  return /^\/(?![/\\])[^\s\\]*$/.test(path) ? path : livePath
}

/** What a path (as in `location.pathname`: percent-encoded) leads to. */
export function readPath(pathname: string): Route {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
  if (parts.includes(undefined)) return { page: 'not-found' }
  const [page, first, second, third, ...more] = parts
  if (more.length > 0) return { page: 'not-found' }
  if (page === undefined) return { page: 'live' }
  if (page === 'checkin' && first !== undefined && second !== undefined) {
    return third === undefined
      ? { page, did: first, collection: CHECKIN_COLLECTION, rkey: second }
      : { page, did: first, collection: second, rkey: third }
  }
  if (page === 'list' && first !== undefined && second !== undefined && third === undefined) {
    return { page, did: first, rkey: second }
  }
  if (second !== undefined) return { page: 'not-found' }
  if (page === 'place' && first !== undefined) return { page, id: first }
  if (page === 'person' && first !== undefined) return { page, actor: first.replace(/^@/, '') }
  if (first !== undefined) return { page: 'not-found' }
  if (isPlain(page)) return { page }
  return { page: 'not-found' }
}

/** Pages whose address is their name. */
const PLAIN = [
  'check-in',
  'friends',
  'search',
  'sign-in',
  'about',
  'notifications',
  'lists',
  'rules',
  'settings',
  'ops',
] as const

function isPlain(page: string): page is (typeof PLAIN)[number] {
  return (PLAIN as readonly string[]).includes(page)
}

/** DIDs keep their colons, which are legal in a path and far easier to read. */
function encode(part: string): string {
  return encodeURIComponent(part).replaceAll('%3A', ':')
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
