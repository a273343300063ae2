import type { Filters } from '../feed/filters.tsx'
import { type Camera, readGeo } from '../map/mercator.ts'
import type { AddressForm } from '../ui/use-address.ts'

/** Which check-ins the newsfeed lists. */
export type Shown = 'everywhere' | 'map'

export interface LiveAddress {
  readonly shown: Shown
  readonly filters: Filters
  /** Where the map is, while the newsfeed lists what it shows. */
  readonly camera: Camera | undefined
}

/** `?map=52.516,13.378,12.5` for the map, and the filters of everywhere. */
export const liveAddress: AddressForm<LiveAddress> = {
  read(search) {
    const camera = readCamera(search.get('map') ?? '')
    const [latitude, longitude] = (search.get('near') ?? '').split(',')
    const near = latitude === undefined || longitude === undefined ? undefined : { latitude, longitude }
    return {
      shown: camera !== undefined ? 'map' : 'everywhere',
      camera,
      filters: {
        category: search.get('category') ?? undefined,
        photos: search.get('photos') === 'true' ? true : undefined,
        lang: search.get('lang') ?? undefined,
        near: readGeo(near) === undefined ? undefined : near,
      },
    }
  },
  write({ shown, camera, filters: { category, photos, lang, near } }) {
    return {
      map: shown === 'map' && camera !== undefined ? writeCamera(camera) : undefined,
      category,
      photos: photos === true ? 'true' : undefined,
      lang,
      near: near && `${near.latitude},${near.longitude}`,
    }
  },
}

const ZOOM_MAX = 22

function readCamera(text: string): Camera | undefined {
  const [latitude, longitude, zoom, ...rest] = text.split(',')
  if (latitude === undefined || longitude === undefined || zoom === undefined || rest.length > 0) return undefined
  const center = readGeo({ latitude, longitude })
  const near = zoom.trim() === '' ? Number.NaN : Number(zoom)
  return center === undefined || !(near >= -2 && near <= ZOOM_MAX) ? undefined : { center, zoom: near }
}

function writeCamera({ center: { lat, lng }, zoom }: Camera): string {
  return `${lat.toFixed(3)},${lng.toFixed(3)},${zoom.toFixed(2)}`
}
