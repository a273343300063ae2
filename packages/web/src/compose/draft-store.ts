import { navigate } from 'wouter/use-browser-location'
import { checkInPath } from '../paths.ts'
import type { PlaceView } from '../views.ts'
import { type Draft, emptyDraft, placeFromView, readDraft } from './draft.ts'

const STORED_AS = 'waypost-draft'

/** The draft of this tab: closing the dialog, or the journey of signing in, doesn't lose it. */
export function loadDraft(): Draft {
  try {
    return readDraft(sessionStorage.getItem(STORED_AS))
  } catch {
    return emptyDraft
  }
}

export function saveDraft(draft: Draft): void {
  try {
    if (draft.place === undefined && draft.text === '') sessionStorage.removeItem(STORED_AS)
    else sessionStorage.setItem(STORED_AS, JSON.stringify(draft))
  } catch {
    // Without storage the draft lives as long as the dialog.
  }
}

/** Opens the dialog with a place chosen already. */
export function checkInAt(place: PlaceView): void {
  saveDraft({ ...emptyDraft, place: placeFromView(place), placeId: place.id })
  navigate(checkInPath)
}
