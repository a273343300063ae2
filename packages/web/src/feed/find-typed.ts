import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ask } from '../api.ts'
import { useSettled } from '../ui/media.ts'
import type { PlaceView, ProfileViewBasic } from '../views.ts'

const TYPING_MS = 200
const SHOWN_MAX = 5

/** People by name or handle, as one types; nobody while nothing is typed. */
export function useFoundPeople(typed: string): readonly ProfileViewBasic[] {
  const q = useSettled(typed.trim().replace(/^@/, ''), TYPING_MS)
  const { data } = useQuery({
    queryKey: ['search', 'people', q],
    queryFn: ({ signal }) => ask('app.waypost.actor.searchActors', { q, limit: 8 }, signal),
    placeholderData: keepPreviousData,
    enabled: q !== '',
  })
  return q === '' || typed === '' ? [] : (data?.actors ?? [])
}

/** Places by name, as one types; the first few. */
export function useFoundPlaces(typed: string): readonly PlaceView[] {
  const q = useSettled(typed.trim(), TYPING_MS)
  const { data } = useQuery({
    queryKey: ['search', 'places', q],
    queryFn: ({ signal }) => ask('app.waypost.place.search', { q, limit: 12 }, signal),
    placeholderData: keepPreviousData,
    enabled: q !== '',
  })
  return q === '' || typed === '' ? [] : (data?.places ?? []).slice(0, SHOWN_MAX)
}
