/**
 * What this device keeps, in IndexedDB: check-ins that are to be sent, and places that were asked for. The page and its
 * worker open the same one.
 */
export interface Kept {
  /** Check-ins by the key of their record (`outbox/entry.ts`). */
  readonly checkins: 'checkins'
  /** Answers about places by cell (`compose/kept-cells.ts`). */
  readonly cells: 'cells'
}

const NAME = 'waypost'
const VERSION = 1

let opened: Promise<IDBDatabase> | undefined

/** Runs one transaction; resolves once it is on disk, to what its request gave. @throws DOMException */
export async function transact<Value>(
  store: keyof Kept,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await open()
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: mode === 'readonly' ? 'default' : 'strict' })
    const request = act(transaction.objectStore(store))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'))
    transaction.onerror = () => reject(transaction.error ?? request.error)
  })
}

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('checkins', { keyPath: 'rkey' })
      request.result.createObjectStore('cells', { keyPath: 'cell' }).createIndex('at', 'at')
    }
    request.onsuccess = () => {
      // A newer version in another tab goes first, and a browser may close it: either way the next use opens it again.
      request.result.onversionchange = () => request.result.close()
      request.result.onclose = forget
      resolve(request.result)
    }
    request.onerror = () => reject(request.error)
  })
  opened.catch(forget)
  return opened
}

function forget(): void {
  opened = undefined
}
