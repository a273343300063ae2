/** How the PDS's own pages (sign up, sign in, consent) look, so that they don't seem a stranger's in mid-journey. */

/** A signpost, as on the client's pages; a data URL, because the pages allow no images over http. */
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="16" fill="#f5c02c"/><rect x="28.5" y="10" width="7" height="46" rx="3.5" fill="#14322a"/><path d="M17 15h27l8 8-8 8H17a3 3 0 0 1-3-3V18a3 3 0 0 1 3-3z" fill="#14322a"/><path d="M46 35H25l-7 7 7 7h21a3 3 0 0 0 3-3v-8a3 3 0 0 0-3-3z" fill="#14322a"/><circle cx="21.500" cy="23" r="2.600" fill="#f5c02c"/></svg>`

export const branding = {
  serviceName: 'Waypost sandbox',
  logoUrl: `data:image/svg+xml;base64,${Buffer.from(LOGO).toString('base64')}`,
  /** The pages write on it in black by day and in white by night: 4.6 and 4.6 to 1. */
  primaryColor: '#218463',
} as const
