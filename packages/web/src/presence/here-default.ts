import { useSyncExternalStore } from 'react'
import { keepStored, readStored } from '../device/stored.ts'

const STORED_AS = 'waypost-here-now'
const listeners = new Set<() => void>()
/** For browsers that keep nothing: until the page is closed. */
let chosen: boolean | undefined

/** Whether check-ins made on this device begin with friends seeing that one is there. The server does not know it. */
export function hereByDefault(): boolean {
  return (readStored(STORED_AS) ?? (chosen ? 'yes' : '')) === 'yes'
}

export function chooseHereByDefault(isHere: boolean): void {
  chosen = isHere
  // Without storage it holds until the page is closed.
  keepStored(STORED_AS, isHere ? 'yes' : undefined)
  for (const listener of listeners) listener()
}

export function useHereByDefault(): boolean {
  return useSyncExternalStore(subscribe, hereByDefault)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
