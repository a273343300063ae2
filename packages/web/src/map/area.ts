import type { Area } from '../feed/queries.ts'
import { type Box, type Camera, project, unproject, WORLD_PX, wrapLongitude } from './mercator.ts'

/** What a map shows, in degrees; longitudes go on past 180 where it does. */
export interface Bounds {
  readonly north: number
  readonly south: number
  readonly east: number
  readonly west: number
}

const WORLD: Area = { north: '85', south: '-85', west: '-180', east: '180' }

/** What a map is asked to show before it knows how large it is. */
export const WHOLE = { area: WORLD, zoom: 1 }

/** What a camera shows in a box of pixels. */
export function boundsOf({ center, zoom }: Camera, { width, height }: Box): Bounds {
  const world = WORLD_PX * 2 ** zoom
  const { x, y } = project(center)
  const { lng: west, lat: north } = unproject({ x: x - width / 2 / world, y: y - height / 2 / world })
  const { lng: east, lat: south } = unproject({ x: x + width / 2 / world, y: y + height / 2 / world })
  return { north, south, east, west }
}

/** The box as the API takes it: three decimals, so that a nudge of the map asks nothing new. */
export function areaOf({ north, south, east, west }: Bounds): Area {
  if (east - west >= 360) return WORLD
  return {
    north: Math.min(90, north).toFixed(3),
    south: Math.max(-90, south).toFixed(3),
    east: wrapLongitude(east).toFixed(3),
    west: wrapLongitude(west).toFixed(3),
  }
}
