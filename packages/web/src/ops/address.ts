import { checkinUri, readPath } from '../paths.ts'

/** The at:// address of the check-in that was pasted: such an address itself, or a link of its page. */
export function addressOf(pasted: string): string | undefined {
  const text = pasted.trim()
  if (/^at:\/\/did:[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(text)) return text
  const route = URL.canParse(text) ? readPath(new URL(text).pathname) : undefined
  return route?.page === 'checkin' ? checkinUri(route) : undefined
}
