import { addProtocol } from 'maplibre-gl'
import { PMTiles, Protocol } from 'pmtiles'
import type { LngLat } from './mercator.ts'
import { type Coverage, streetStyle } from './street-style.ts'
import { worldStyle } from './style.ts'

export interface Streets {
  style(isDark: boolean): ReturnType<typeof streetStyle>
  readonly maxZoom: number
  /** Whether a point is in the part of the world that the archive has. */
  has(at: LngLat): boolean
}

export const STREETS_ATTRIBUTION = '© OpenStreetMap contributors · Protomaps'

const WORLD_DEGREES = 350

let protocol: Protocol | undefined

/** Reads the head of an archive, by two range requests. Rejects where there is none. */
export async function openStreets(address: string): Promise<Streets> {
  const url = new URL(address, location.href).href
  const archive = new PMTiles(url)
  const { minZoom, maxZoom, minLon, minLat, maxLon, maxLat } = await archive.getHeader()
  if (protocol === undefined) {
    protocol = new Protocol()
    addProtocol('pmtiles', protocol.tile)
  }
  protocol.add(archive)
  const coverage: Coverage = { minZoom, isWorld: maxLon - minLon > WORLD_DEGREES }
  return {
    style: (isDark) => streetStyle(worldStyle(isDark), { isDark, url: `pmtiles://${url}`, coverage }),
    maxZoom,
    has: ({ lng, lat }) => lng >= minLon && lng <= maxLon && lat >= minLat && lat <= maxLat,
  }
}
