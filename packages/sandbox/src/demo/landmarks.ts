import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '@waypost/kernel'

/** A well-known place: its name as travellers know it, a category id of Waypost, decimal degrees. */
export interface Landmark {
  readonly name: string
  readonly category: string
  readonly latitude: number
  readonly longitude: number
  /** ISO 3166-1, two letters. */
  readonly country: string
  readonly locality: string
  readonly region?: string
}

/** The path of a JSON array of `Landmark`: places to offer where no dataset has been loaded. */
export const landmarksFile: string = join(import.meta.dirname, 'landmarks.json')

export const landmarks = JSON.parse(readFileSync(landmarksFile, 'utf8')) as readonly Landmark[]

export function landmark(name: string): Landmark {
  const found = landmarks.find((candidate) => candidate.name === name)
  assert(found, `the demo names a landmark that is in the list: ${name}`)
  return found
}
