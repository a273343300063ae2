import { t } from '../language/language.ts'
import type { LngLat } from '../map/mercator.ts'

export interface Located {
  readonly at: LngLat
  readonly accuracy: number
}

const LOCATE_MS_MAX = 12_000

/** Asks the device where it is. @throws Error with a sentence for the person, and what they can do `instead` */
export async function locate(instead = t.locate.instead): Promise<Located> {
  if (!('geolocation' in navigator)) throw new Error(t.locate.unsupported)
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude: lat, longitude: lng, accuracy } }) => resolve({ at: { lng, lat }, accuracy }),
      ({ code }) => reject(new Error(`${reasonOf(code)} ${instead}`.trim())),
      { enableHighAccuracy: true, timeout: LOCATE_MS_MAX, maximumAge: 60_000 },
    )
  })
}

/** By the codes of GeolocationPositionError. */
function reasonOf(code: number): string {
  if (code === 1) return t.locate.off
  return code === 3 ? t.locate.tooLong : t.locate.notFound
}

/** Whether the person has allowed it before: then the list may open by itself. */
export async function mayLocate(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'geolocation' })).state === 'granted'
  } catch {
    return false
  }
}
