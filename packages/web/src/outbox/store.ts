import { transact } from '../device/database.ts'
import type { Entry } from './entry.ts'

/** All that is kept, oldest first. @throws DOMException */
export function keptEntries(): Promise<readonly Entry[]> {
  return transact('checkins', 'readonly', (store) => store.getAll() as IDBRequest<Entry[]>)
}

/** @throws DOMException */
export function keptEntry(rkey: string): Promise<Entry | undefined> {
  return transact('checkins', 'readonly', (store) => store.get(rkey) as IDBRequest<Entry | undefined>)
}

/** Takes the place of the one with its key, and of the one that it replaces. @throws DOMException, also where storage is full */
export function putEntry(entry: Entry): Promise<unknown> {
  return transact('checkins', 'readwrite', (store) => {
    if (entry.replaces !== undefined) store.delete(entry.replaces)
    return store.put(entry)
  })
}

/** @throws DOMException */
export function deleteEntry(rkey: string): Promise<unknown> {
  return transact('checkins', 'readwrite', (store) => store.delete(rkey))
}
