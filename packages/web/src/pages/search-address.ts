import type { CheckinSearch } from '../feed/queries.ts'
import type { AddressForm } from '../ui/use-address.ts'

/** What the search page looks for, as its address says. */
export interface SearchAddress extends CheckinSearch {
  readonly q: string
  readonly kind: 'all' | 'checkins'
}

const DAY = /^\d{4}-\d\d-\d\d$/

/** `?q=cake&in=checkins&person=ana.example&place=osm:node/1&since=2024-05-01&near=52.52,13.40` or `&area=n,s,w,e`. */
export const searchAddress: AddressForm<SearchAddress> = {
  read(search) {
    const text = (name: string) => search.get(name)?.trim() || undefined
    const day = (name: string) => (DAY.test(search.get(name) ?? '') ? text(name) : undefined)
    const [north, south, west, east] = numbers(search.get('area'), 4)
    const [latitude, longitude] = numbers(search.get('near'), 2)
    return {
      q: search.get('q') ?? '',
      kind: search.get('in') === 'checkins' ? 'checkins' : 'all',
      person: text('person'),
      place: text('place'),
      since: day('since'),
      until: day('until'),
      area: north && south && west && east ? { north, south, west, east } : undefined,
      near: latitude && longitude ? { latitude, longitude } : undefined,
    }
  },
  write({ q, kind, person, place, since, until, area, near }) {
    if (kind === 'all') return { q }
    return {
      q,
      in: kind,
      person,
      place,
      since,
      until,
      area: area && [area.north, area.south, area.west, area.east].join(','),
      near: near && `${near.latitude},${near.longitude}`,
    }
  },
}

/** So many decimal numbers with commas between them, as they are written; none where it is anything else. */
function numbers(text: string | null, count: number): readonly string[] {
  const parts = (text ?? '').split(',')
  return parts.length === count && parts.every((part) => /^-?\d{1,3}(?:\.\d+)?$/.test(part)) ? parts : []
}
