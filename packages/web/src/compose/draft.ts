import { findFacets } from '../feed/find-facets.ts'
import type { Mentions } from '../feed/mention.ts'
import { t } from '../language/pages.ts'
import { type LngLat, writeGeo } from '../map/mercator.ts'
import type {
  CheckinDraft,
  PlaceView,
  PlaceViewBasic,
  ProfileViewBasic,
  RecordPhoto,
  RecordPlace,
  RecordPosition,
} from '../views.ts'
import { graphemes } from './graphemes.ts'

/** How exact the person's own position is to be. `none` is the default, and nothing of it then leaves the device. */
export type Precision = 'none' | 'city' | 'area' | 'street' | 'exact'

/** H3 resolutions by precision; a cell's edge is about 9 km, 530 m and 75 m. */
export const H3_RESOLUTION: Readonly<Record<'city' | 'area' | 'street', number>> = { city: 5, area: 8, street: 10 }

export const TEXT_GRAPHEMES_MAX = 300
export const PHOTOS_MAX = 8
export const COMPANIONS_MAX = 20
export const NAME_GRAPHEMES_MAX = 128

/** What of a check-in survives closing the dialog or the tab. Photos and the own position don't: they stay in memory. */
export interface Draft {
  readonly place: RecordPlace | undefined
  /** The place's id in Waypost, to say afterwards which visit it was. */
  readonly placeId: string | undefined
  readonly text: string
  readonly companions: readonly ProfileViewBasic[]
  /** Whom the text names. */
  readonly mentions: Mentions
}

export const emptyDraft: Draft = { place: undefined, placeId: undefined, text: '', companions: [], mentions: {} }

/** A place from search, as the record holds it: copied in, so that the check-in reads without us. */
export function placeFromView(view: PlaceView | PlaceViewBasic): RecordPlace {
  const { name, geo, address, category } = view
  const refs = 'refs' in view ? view.refs : undefined
  return {
    name,
    ...(refs !== undefined && refs.length > 0 ? { refs } : {}),
    ...(geo !== undefined ? { geo } : {}),
    ...(address !== undefined ? { address } : {}),
    ...(category !== undefined ? { category } : {}),
  }
}

/** A place that no dataset has: a name, a pin, and a kind if one was chosen. */
export function newPlace(name: string, pin: LngLat, category: string | undefined): RecordPlace {
  return { name: name.trim(), geo: writeGeo(pin), ...(category !== undefined ? { category } : {}) }
}

/** What is wrong with a draft, as a sentence; undefined where it can be sent. */
export function faultOf({ place, text }: Draft): string | undefined {
  if (place === undefined) return t.compose.choosePlaceFirst
  const over = graphemes(text.trim()) - TEXT_GRAPHEMES_MAX
  if (over > 0) return t.compose.textTooLong(over)
  return undefined
}

interface Parts {
  readonly photos: readonly RecordPhoto[]
  readonly position: RecordPosition | undefined
}

/** The draft as the API takes it. */
export function toRecord(draft: Draft, place: RecordPlace, { photos, position }: Parts): CheckinDraft {
  const text = draft.text.trim()
  const facets = findFacets(text, draft.mentions)
  return {
    place,
    ...(text !== '' ? { text } : {}),
    ...(facets.length > 0 ? { facets } : {}),
    ...(photos.length > 0 ? { photos: [...photos] } : {}),
    ...(draft.companions.length > 0 ? { with: draft.companions.map(({ did }) => did) } : {}),
    ...(position !== undefined ? { position } : {}),
  }
}

/** The person's position as coarse as they chose; `cellOf` gives the H3 cell at a resolution. */
export function positionOf(
  precision: Precision,
  at: LngLat,
  cellOf: (at: LngLat, resolution: number) => string,
): RecordPosition | undefined {
  if (precision === 'none') return undefined
  if (precision === 'exact') {
    return { precision, location: { $type: 'community.lexicon.location.geo', ...writeGeo(at) } }
  }
  const value = cellOf(at, H3_RESOLUTION[precision])
  return { precision, location: { $type: 'community.lexicon.location.hthree', value } }
}

/** A stored draft, if what was stored still is one. */
export function readDraft(stored: string | null): Draft {
  if (stored === null) return emptyDraft
  try {
    const { place, placeId, text, companions, mentions } = JSON.parse(stored) as Record<string, unknown>
    const isPlace = typeof place === 'object' && place !== null && typeof (place as RecordPlace).name === 'string'
    return {
      place: isPlace ? (place as RecordPlace) : undefined,
      placeId: isPlace && typeof placeId === 'string' ? placeId : undefined,
      text: typeof text === 'string' ? text : '',
      companions: Array.isArray(companions) ? companions.filter(isPerson).slice(0, COMPANIONS_MAX) : [],
      mentions: readMentions(mentions),
    }
  } catch {
    return emptyDraft
  }
}

function readMentions(stored: unknown): Mentions {
  const entries = Object.entries(typeof stored === 'object' && stored !== null ? stored : {})
  return Object.fromEntries(entries.filter(([, did]) => typeof did === 'string' && did.startsWith('did:')))
}

function isPerson(value: unknown): value is ProfileViewBasic {
  const { did, handle } = (value ?? {}) as Partial<ProfileViewBasic>
  return typeof did === 'string' && typeof handle === 'string'
}
