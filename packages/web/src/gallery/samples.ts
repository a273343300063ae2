import type { CheckinView, PersonStats, ProfileViewBasic } from '../views.ts'

/** Invented views for the gallery: the usual, the most, the least, and what strangers send. */

const at = '2026-11-20T14:05:00.000Z'

export const people = {
  ana: { did: 'did:plc:ana', handle: 'ana.example', displayName: 'Ana Ölvar' },
  ben: { did: 'did:plc:ben', handle: 'ben.example' },
  tomo: { did: 'did:plc:tomo', handle: 'tomo.example', displayName: '智子 京都' },
  noor: { did: 'did:plc:noor', handle: 'noor.example', displayName: 'نور الدين' },
  long: { did: 'did:plc:long', handle: 'handle.invalid', displayName: `Wolfeschlegel${'steinhausen'.repeat(9)}` },
} as unknown as Readonly<Record<'ana' | 'ben' | 'tomo' | 'noor' | 'long', ProfileViewBasic>>

const cafe = {
  id: 'osm:node/1',
  name: 'Café am Tiergarten',
  category: 'food.cafe',
  geo: { latitude: '52.51510', longitude: '13.37050' },
  address: { country: 'DE', locality: 'Berlin' },
}

let last = 0

function checkin(fields: object): CheckinView {
  const rkey = `sample${++last}`
  return {
    uri: `at://did:plc:ana/app.waypost.checkin/${rkey}`,
    cid: 'bafyreib2rxk3rh6kzwq',
    author: people.ana,
    place: cafe,
    source: 'waypost',
    sortAt: at,
    createdAt: at,
    likeCount: 0,
    commentCount: 0,
    record: {},
    ...fields,
  } as unknown as CheckinView
}

function photo(hue: number, width: number, height: number) {
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue} 45% 62%)"/><circle cx="70%" cy="40%" r="18%" fill="hsl(${hue + 30} 80% 82%)"/></svg>`
  const url = `data:image/svg+xml,${encodeURIComponent(drawn)}`
  return { thumb: url, fullsize: url, alt: `Hue ${hue}`, aspectRatio: { width, height } }
}

export const checkins: readonly (readonly [string, CheckinView])[] = [
  ['Plain', checkin({})],
  [
    'With all',
    checkin({
      text: 'Kuchen am Wasser. #cake https://example.com/menu',
      photos: [photo(20, 4, 3), photo(140, 3, 4), photo(260, 1, 1), photo(320, 4, 3), photo(60, 4, 3)],
      with: [people.ben, people.tomo, people.noor, people.long],
      withPending: [people.ben.did],
      likeCount: 12_400,
      commentCount: 3,
      viewer: { like: 'at://did:plc:me/like/1' },
    }),
  ],
  ['One photo', checkin({ author: people.tomo, text: '湖畔の朝', photos: [photo(200, 4, 3)] })],
  ['Covered', checkin({ photos: [photo(0, 4, 3)], labels: ['graphic-media'] })],
  ['Told later, by another app', checkin({ source: 'anchor', visitedAt: '2019-07-14T18:00:00.000Z' })],
  [
    'Hostile',
    checkin({
      author: people.long,
      place: { ...cafe, id: undefined, name: `\u202Eevil ${'W'.repeat(200)}`, category: undefined },
      text: `<b>${'word'.repeat(200)}</b> \u200B\u202Etxt.exe`,
    }),
  ],
  ['From right to left', checkin({ author: people.noor, text: 'قهوة على ضفاف النهر، مع @ben والأصدقاء.' })],
]

export const stats = {
  countries: [
    { country: 'DE', checkinCount: 40, placeCount: 12, firstAt: '2019-01-01T10:00:00.000Z' },
    { country: 'JP', checkinCount: 3, placeCount: 3, firstAt: '2024-04-01T10:00:00.000Z' },
    { country: 'Nowhere at all', checkinCount: 1, placeCount: 1, firstAt: '2026-04-01T10:00:00.000Z' },
  ],
  cities: ['Berlin', 'Hamburg', 'Köln', 'München', 'Leipzig'].map((name) => ({ name, country: 'DE' })),
} as unknown as PersonStats

export const years = [2019, 2020, 2022, 2023, 2024, 2025, 2026].map((year, nth) => ({
  year,
  checkinCount: [4, 40, 1, 120, 88, 61, 17][nth] ?? 0,
}))

/** Every ninth day, and more on some. */
export const days: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 40 }, (_, nth) => [
    new Date(Date.UTC(2026, 0, 1 + nth * 9)).toISOString().slice(0, 10),
    1 + ((nth * 7) % 9),
  ]),
)
