import type { Fault } from '../api.ts'
import { CHECKIN_COLLECTION, checkinUri } from '../paths.ts'
import type { RecordPlace, RecordPhoto, RecordPosition } from '../views.ts'
import type { Draft } from '../compose/draft.ts'

/** A check-in that is kept on this device until the server of its author has it. */
export interface Entry {
  /** The key that its record will have: sending it twice writes it once. Keys are times, so they sort by age. */
  readonly rkey: string
  /** The DID of whoever made it. Nobody else ever sends it. */
  readonly author: string
  readonly draft: Draft & { readonly place: RecordPlace }
  readonly position?: RecordPosition | undefined
  readonly photos: readonly KeptPhoto[]
  /** Whether friends see that its author is there, until two hours after it. */
  readonly isHere: boolean
  /** Whether it is posted on Bluesky too. */
  readonly isPosted: boolean
  /** `held`: taken back to be changed, and not sent until it is put back. `refused`: would be refused again. */
  readonly status: 'waiting' | 'held' | 'refused'
  /** Why it was refused. */
  readonly reason?: Fault | undefined
  /** It was sent, and no answer came: it may be written. */
  readonly isTried?: boolean | undefined
  /** The key of an earlier form of it which may be written, and must be gone first. */
  readonly replaces?: string | undefined
}

/** What the composer is for. */
export type Content = Pick<Entry, 'draft' | 'photos' | 'position' | 'isHere' | 'isPosted'>

export interface KeptPhoto {
  readonly id: string
  /** Re-encoded: pixels and nothing else. */
  readonly blob: Blob
  readonly size: { readonly width: number; readonly height: number }
  readonly sizeBefore: number
  readonly alt: string
}

/** A photo as the person's server has it, before it is described. */
export type UploadedPhoto = Pick<RecordPhoto, 'image' | 'aspectRatio'>

export function uriOf({ author, rkey }: Pick<Entry, 'author' | 'rkey'>, key = rkey): string {
  return checkinUri({ did: author, collection: CHECKIN_COLLECTION, rkey: key })
}

/** A changed one keeps the key of the old, or replaces it where that may be written already. */
export function changed(old: Entry, now: Content, freshKey: string): Entry {
  const { draft, photos, position, isHere, isPosted } = now
  const replaces = old.isTried ? old.rkey : old.replaces
  return {
    rkey: old.isTried ? freshKey : old.rkey,
    author: old.author,
    draft,
    photos,
    position,
    isHere,
    isPosted,
    status: 'waiting',
    ...(replaces && { replaces }),
  }
}
