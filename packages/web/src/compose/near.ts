import type { LngLat } from '../map/mercator.ts'

/** What the list of places is sorted around, and how it came to be known. */
export interface Near {
  readonly at: LngLat
  readonly from: 'device' | 'pin' | 'photo'
  /** Metres, where the device said so. */
  readonly accuracy?: number | undefined
}
