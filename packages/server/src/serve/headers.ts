import type { TileSource } from './tiles.ts'

/** What every page and answer of ours carries, unless its route says otherwise. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'geolocation=(self), camera=(self), microphone=()',
}

/** Where the client's maps come from, beside the built-in one. */
export interface MapSources {
  /** URL of a MapLibre style. */
  readonly mapStyle: string | undefined
  readonly tiles: TileSource | undefined
}

/**
 * What a page of ours may load: itself alone. A map style of another host adds that host, for its style, tiles, glyphs
 * and sprites, and an archive of tiles the one that has it; nothing else is widened.
 */
export function contentSecurityPolicy({ mapStyle, tiles }: MapSources): string {
  const map = mapStyle === undefined ? '' : ` ${new URL(mapStyle).origin}`
  const archive = tiles?.kind === 'url' ? ` ${new URL(tiles.url).origin}` : ''
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob:${map}`,
    "font-src 'self'",
    `connect-src 'self'${map}${archive}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
