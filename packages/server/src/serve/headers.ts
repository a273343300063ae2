/** What every page and answer of ours carries, unless its route says otherwise. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'geolocation=(self), camera=(self), microphone=()',
}

/**
 * What a page of ours may load: itself alone. A map style of another host adds that host, for its style, tiles, glyphs
 * and sprites; nothing else is widened.
 */
export function contentSecurityPolicy(mapStyle: string | undefined): string {
  const map = mapStyle ? ` ${new URL(mapStyle).origin}` : ''
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob:${map}`,
    "font-src 'self'",
    `connect-src 'self'${map}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
