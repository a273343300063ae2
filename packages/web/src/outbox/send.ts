import { call, type Fault, toFault, uploadPhoto, whoIsSignedIn } from '../api.ts'
import { toRecord } from '../compose/draft.ts'
import type { RecordPhoto } from '../views.ts'
import { type Entry, type UploadedPhoto, uriOf } from './entry.ts'
import { deleteEntry, keptEntry, putEntry } from './store.ts'

/**
 * Sends one kept check-in: asks who is signed in, uploads its photos, writes its record. Used by the page and by its
 * worker; they and all tabs take turns by one lock, and look again at what is kept once they have it, so that nothing
 * is sent by two.
 */
export type Outcome =
  | {
      readonly kind: 'sent'
      readonly uri: string
      readonly isVisible: boolean
      readonly hereUntil?: string | undefined
      /** It was to be posted on Bluesky too, which did not work. */ readonly isPostLost?: boolean
    }
  /** It would be refused again. */
  | { readonly kind: 'refused'; readonly reason: Fault }
  | { readonly kind: 'failed'; readonly fault: Fault; readonly isTried: boolean }
  | { readonly kind: 'signed-out' }
  /** It was sent, changed or thrown away by another tab. */
  | { readonly kind: 'gone' }

export type Progress = { readonly photo: number; readonly of: number } | 'writing'

const LOCK = 'waypost-outbox'
const REQUEST_MS_MAX = 60_000
/** The person's server forgets a photo that no record uses; until then it is not sent again. */
const UPLOADED_MS_MAX = 20 * 60_000
/** What another try cannot change. Anything else may pass: a server that is away, busy, or older than this client. */
const FINAL: ReadonlySet<number> = new Set([400, 403, 413, 415, 422])

const uploads = new Map<string, { readonly photo: UploadedPhoto; readonly at: number }>()

export async function sendKept(rkey: string, onProgress?: (progress: Progress) => void): Promise<Outcome> {
  return inTurn(async () => {
    const entry = await keptEntry(rkey)
    if (entry === undefined || entry.status !== 'waiting') return { kind: 'gone' }
    const outcome = await send(entry, onProgress)
    if (outcome.kind === 'sent') await deleteEntry(rkey)
    if (outcome.kind === 'refused') await putEntry({ ...entry, status: 'refused', reason: outcome.reason })
    if (outcome.kind === 'failed' && outcome.isTried) await putEntry({ ...entry, isTried: true })
    return outcome
  })
}

/** One after the other among all tabs and the worker. Without locks the key of the record alone keeps it single. */
export async function inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
  return 'locks' in navigator ? navigator.locks.request(LOCK, act) : act()
}

/** Sends one without keeping it: for a device that has no room. */
export async function send(entry: Entry, onProgress?: (progress: Progress) => void): Promise<Outcome> {
  let isTried = false
  try {
    if ((await whoIsSignedIn(limit())) !== entry.author) return { kind: 'signed-out' }
    if (entry.replaces !== undefined) {
      await call('app.waypost.feed.deleteCheckin', { uri: uriOf(entry, entry.replaces) }, limit())
    }
    const photos: RecordPhoto[] = []
    for (const [index, { id, blob, alt }] of entry.photos.entries()) {
      onProgress?.({ photo: index + 1, of: entry.photos.length })
      photos.push({ ...(await uploaded(id, blob)), alt: alt.trim() })
    }
    onProgress?.('writing')
    const checkin = toRecord(entry.draft, entry.draft.place, { photos, position: entry.position })
    const { rkey, author, isHere, isPosted } = entry
    isTried = true
    const written = await call('app.waypost.feed.createCheckin', { checkin, rkey, author, hereNow: isHere }, limit())
    const { uri, visible, hereUntil } = written
    const isPostLost = isPosted && !(await isPostedNow(uri))
    return { kind: 'sent', uri, isVisible: visible !== false, hereUntil, isPostLost }
  } catch (fault) {
    return outcomeOf(fault, isTried)
  }
}

/** The check-in is written by now: what fails here takes nothing of it away. */
async function isPostedNow(uri: string): Promise<boolean> {
  return call('app.waypost.feed.createPost', { uri }, limit()).then(
    () => true,
    () => false,
  )
}

function outcomeOf(thrown: unknown, isTried: boolean): Outcome {
  const fault = toFault(thrown)
  if (fault.status === 401) return { kind: 'signed-out' }
  if (FINAL.has(fault.status)) return { kind: 'refused', reason: fault }
  return { kind: 'failed', fault, isTried }
}

async function uploaded(id: string, blob: Blob): Promise<UploadedPhoto> {
  const before = uploads.get(id)
  if (before !== undefined && Date.now() - before.at < UPLOADED_MS_MAX) return before.photo
  const { image, aspectRatio } = await uploadPhoto(blob, limit())
  const photo = { image, aspectRatio }
  uploads.set(id, { photo, at: Date.now() })
  return photo
}

function limit(): AbortSignal {
  return AbortSignal.timeout(REQUEST_MS_MAX)
}
