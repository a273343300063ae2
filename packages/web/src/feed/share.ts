import { t } from '../language/language.ts'
import { say } from '../ui/toast.tsx'

/** Offers the system's share sheet where there is one, else copies the address. */
export async function share(path: string, title: string): Promise<void> {
  const url = new URL(path, location.origin).href
  if (navigator.share !== undefined && matchMedia('(pointer: coarse)').matches) {
    // Closing the sheet without sharing is no failure.
    await navigator.share({ title, url }).catch(() => undefined)
    return
  }
  try {
    await navigator.clipboard.writeText(url)
    say(t.actions.linkCopied)
  } catch {
    say(url)
  }
}
