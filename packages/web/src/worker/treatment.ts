/** How the worker answers a request of this site; `network`: not at all, the browser does. */
export type Treatment =
  /** The one page of the app, whatever its path shows. */
  | 'page'
  /** A file with its hash in its name. */
  | 'asset'
  /** From the server, or, where it cannot be reached, as it answered before. */
  | 'answer'
  | 'picture'
  /** The same, and says whose the other answers are. */
  | 'session'
  | 'sign-out'
  /** Photos from another app, by the manifest's `share_target`. */
  | 'share'
  | 'network'

interface Asked {
  readonly method: string
  readonly mode: string
  readonly cache: string
  readonly url: string
}

/** Paths that the server answers itself, as `packages/server/src/serve/web.ts` has them. */
const NOT_PAGES = /^\/(xrpc|oauth|img|tiles|export|live|health|metrics|ops\/api|assets|\.well-known)(\/|$)/
/** Pictures for those who show a link elsewhere. */
const CARDS = /^\/img\/card\//
/** What is asked again all the time, or kept elsewhere: cells are in `compose/kept-cells.ts`. */
const NEVER_KEPT = /\.(getByCell|getUnseenCount|subscribe)$/

/** Writes, and what asks for no cache, always go to the server alone. */
export function treatmentOf({ method, mode, cache, url }: Asked, origin: string): Treatment {
  const { origin: of, pathname, searchParams } = new URL(url)
  if (of !== origin) return 'network'
  if (method === 'POST' && pathname === '/oauth/sign-out') return 'sign-out'
  if (method === 'POST' && pathname === '/share') return 'share'
  if (method !== 'GET' || cache === 'no-store') return 'network'
  if (mode === 'navigate') return NOT_PAGES.test(pathname) ? 'network' : 'page'
  if (pathname.startsWith('/assets/')) return 'asset'
  if (pathname.startsWith('/img/')) return CARDS.test(pathname) ? 'network' : 'picture'
  if (pathname === '/xrpc/app.waypost.actor.getSession') return 'session'
  if (!pathname.startsWith('/xrpc/') || NEVER_KEPT.test(pathname)) return 'network'
  // What is found as one types would push out what one has read.
  return searchParams.has('q') ? 'network' : 'answer'
}
