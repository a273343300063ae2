import type { Area } from '../feed/queries.ts'
import { wrapLongitude } from './mercator.ts'

/** What a map shows, in degrees; longitudes go on past 180 where it does. */
export interface Bounds {
  readonly north: number
  readonly south: number
  readonly east: number
  readonly west: number
}

const WORLD: Area = { north: '85', south: '-85', west: '-180', east: '180' }

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
