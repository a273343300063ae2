import type { LngLat } from '../map/mercator.ts'

export interface Located {
  readonly at: LngLat
  readonly accuracy: number
}

const LOCATE_MS_MAX = 12_000

/** Asks the device where it is. @throws Error with a sentence for the person, and what they can do `instead` */
export async function locate(instead = 'Search by name, or drop a pin.'): Promise<Located> {
  if (!('geolocation' in navigator)) throw new Error('This browser does not know where it is.')
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude: lat, longitude: lng, accuracy } }) => resolve({ at: { lng, lat }, accuracy }),
      ({ code }) => reject(new Error(`${REASONS[code] ?? REASONS[2]} ${instead}`.trim())),
      { enableHighAccuracy: true, timeout: LOCATE_MS_MAX, maximumAge: 60_000 },
    )
  })
}

/** By the codes of GeolocationPositionError. */
const REASONS: Readonly<Record<number, string>> = {
  1: 'Location is switched off for this site.',
  2: 'Your position could not be found.',
  3: 'Finding your position took too long.',
}

/** Whether the person has allowed it before: then the list may open by itself. */
export async function mayLocate(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'geolocation' })).state === 'granted'
  } catch {
    return false
  }
}
