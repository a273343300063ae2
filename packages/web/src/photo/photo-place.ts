import type { LngLat } from '../map/mercator.ts'

/** Where a camera says that a photo was taken: only ever offered, and it never leaves the device. */
export async function photoPlace(file: Blob): Promise<LngLat | undefined> {
  const { gps } = await import('exifr/dist/mini.esm.mjs')
  try {
    const found = await gps(file)
    if (found === undefined) return undefined
    const { latitude: lat, longitude: lng } = found
    return Number.isFinite(lat) && Number.isFinite(lng) && Math.abs(lat) <= 90 ? { lng, lat } : undefined
  } catch {
    // Many a file has damaged metadata, and the photo itself is fine.
    return undefined
  }
}
