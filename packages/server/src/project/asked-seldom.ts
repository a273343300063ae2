import type { Database } from 'better-sqlite3'

/**
 * For folds that ask by an index only where somebody's records are replaced, hidden or deleted at once: to be called
 * before. While a read model is being built the index is made when the first one asks; until then, and in a log where
 * nobody does, rows need not be put into it one by one. `indexes`: `create index if not exists` statements.
 */
export function askedSeldom(db: Database, indexes: string): () => void {
  let isThere = false
  return () => {
    if (!isThere) db.exec(indexes)
    isThere = true
  }
}
