import { createHash, type Hash } from 'node:crypto'
import type { ReadModel } from './read-model.ts'

export interface Digest {
  readonly overall: string
  readonly byProjection: Readonly<Record<string, string>>
}

/**
 * What the read model holds, as SHA-256 over its rows by natural keys. Two replicas at one position have the same
 * digest, and so have two whose logs interleaved people differently.
 */
export function digest(readModel: Pick<ReadModel, 'db' | 'projections'>): Digest {
  const { db, projections } = readModel
  const byProjection: Record<string, string> = {}
  // One transaction: all queries see the same position.
  db.transaction(() => {
    for (const projection of projections) {
      const hash = createHash('sha256')
      for (const query of projection.digest) {
        hash.update('\u0001')
        for (const row of db.prepare<[], unknown[]>(query).raw().iterate()) {
          hash.update('\u0002')
          for (const value of row) hashValue(hash, value)
        }
      }
      byProjection[projection.name] = hash.digest('hex')
    }
  })()
  const overall = createHash('sha256').update(JSON.stringify(byProjection)).digest('hex')
  return { overall, byProjection }
}

/** Length first, so that no two rows of different values run together into the same bytes. */
function hashValue(hash: Hash, value: unknown): void {
  if (value === null) return void hash.update('n')
  if (typeof value === 'number') return void hash.update(`d${value};`)
  const bytes = typeof value === 'string' ? Buffer.from(value) : (value as Buffer)
  hash.update(`${typeof value === 'string' ? 's' : 'b'}${bytes.length}:`)
  hash.update(bytes)
}
