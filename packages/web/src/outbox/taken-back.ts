import { navigate } from 'wouter/use-browser-location'
import { checkInPath } from '../paths.ts'
import type { Entry } from './entry.ts'

let entry: Entry | undefined

/** Opens the composer with a kept check-in, which is held meanwhile. */
export function takeBack(held: Entry): void {
  entry = held
  navigate(checkInPath)
}

/** What the composer that opens now is to go on with. */
export function takenBack(): Entry | undefined {
  return entry
}

export function forgetTakenBack(): void {
  entry = undefined
}
