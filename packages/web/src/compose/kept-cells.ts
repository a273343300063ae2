import { transact } from '../device/database.ts'
import type { PlaceView } from '../views.ts'

/** Places of a cell as the server last told of them, without anything that is about a person. */
interface KeptCell {
  readonly cell: string
  readonly places: readonly PlaceView[]
  /** When, in ms since 1970. */
  readonly at: number
}

/** A walk through a few towns. Past this the cells that were asked for longest ago are forgotten. */
const CELLS_KEPT_MAX = 120

/** Keeps what a cell holds for when there is no connection. Where there is no room, nothing is kept. */
export async function keepCell(cell: string, places: readonly PlaceView[]): Promise<void> {
  try {
    await transact('cells', 'readwrite', (store) => {
      store.count().onsuccess = ({ target }) => forgetOldest(store, (target as IDBRequest<number>).result)
      return store.put({ cell, places, at: Date.now() } satisfies KeptCell)
    })
  } catch {
    // The list is as good without it while there is a connection.
  }
}

/** Undefined where it was never asked for, or is forgotten. */
export async function keptCell(cell: string): Promise<readonly PlaceView[] | undefined> {
  const kept = await transact('cells', 'readonly', (store) => store.get(cell) as IDBRequest<KeptCell | undefined>)
  return kept?.places
}

/** Everything that is kept. */
export async function keptPlaces(): Promise<readonly PlaceView[]> {
  const cells = await transact('cells', 'readonly', (store) => store.getAll() as IDBRequest<KeptCell[]>)
  return cells.flatMap(({ places }) => places)
}

function forgetOldest(store: IDBObjectStore, count: number): void {
  let over = count + 1 - CELLS_KEPT_MAX
  if (over <= 0) return
  store.index('at').openCursor().onsuccess = ({ target }) => {
    const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result
    if (cursor === null || over-- <= 0) return
    cursor.delete()
    cursor.continue()
  }
}
