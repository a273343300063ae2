import { useSyncExternalStore } from 'react'
import { call } from '../api.ts'
import type { CheckinView } from '../views.ts'

/**
 * The viewer's own likes of this visit, laid over whatever views say: a press shows at once, in every list at once, and
 * is taken back where the server refuses it.
 */
const mine = new Map<string, boolean>()
const listeners = new Set<() => void>()

interface LikeState {
  readonly isLiked: boolean
  readonly count: number
}

export function useLike(checkin: CheckinView): LikeState {
  const overlaid = useSyncExternalStore(subscribe, () => mine.get(checkin.uri))
  return likeState(checkin, overlaid)
}

/** What to show: the view's count, corrected by what this person did since the view was made. */
export function likeState({ viewer, likeCount }: Pick<CheckinView, 'viewer' | 'likeCount'>, mine?: boolean): LikeState {
  const wasLiked = viewer?.like !== undefined
  const isLiked = mine ?? wasLiked
  return { isLiked, count: Math.max(isLiked ? 1 : 0, likeCount + Number(isLiked) - Number(wasLiked)) }
}

/** @throws ApiError after taking the change back */
export async function setLike({ uri, cid }: CheckinView, isLiked: boolean): Promise<void> {
  const before = mine.get(uri)
  set(uri, isLiked)
  try {
    await (isLiked
      ? call('app.waypost.feed.like', { subject: { uri, cid } })
      : call('app.waypost.feed.unlike', { subject: uri }))
  } catch (fault) {
    set(uri, before)
    throw fault
  }
}

function set(uri: string, isLiked: boolean | undefined): void {
  if (isLiked === undefined) mine.delete(uri)
  else mine.set(uri, isLiked)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
