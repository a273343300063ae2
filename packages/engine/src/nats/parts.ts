import type { Connection } from './connection.ts'

/** No message carries more: the servers' own limit is 1 MiB, and they answer in Base64. */
export const PART_BYTES_MAX = 512 * 1_024
const PARTS_AT_ONCE = 8

/** Bytes of any length as messages of their own, known by their sequences. */
export interface Parts {
  /** Durable when it resolves; answers where the bytes lie, in order. */
  put(subject: string, bytes: Uint8Array): Promise<readonly number[]>
  /** The bytes, or undefined where a part of them is gone. */
  get(sequences: readonly number[]): Promise<Uint8Array | undefined>
  /** Takes out what lies under a subject: all of it, or what lies before a sequence. */
  remove(subject: string, before?: number): Promise<void>
}

export function createParts({ manager, subjects, publish, ask }: Connection): Parts {
  return {
    async put(subject, bytes) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / PART_BYTES_MAX) }, (_, at) =>
        bytes.subarray(at * PART_BYTES_MAX, (at + 1) * PART_BYTES_MAX),
      )
      const stored = await someAtOnce(pieces, async (data) => publish({ subject, data }))
      return stored.map(Number)
    },
    async get(sequences) {
      const found = await someAtOnce(sequences, (seq) =>
        ask(() => manager.streams.getMessage(subjects.partsStream, { seq })),
      )
      return found.includes(null) ? undefined : new Uint8Array(Buffer.concat(found.map((part) => part!.data)))
    },
    async remove(filter, before) {
      await ask(() =>
        manager.streams.purge(subjects.partsStream, before === undefined ? { filter } : { filter, seq: before }),
      )
    },
  }
}

/** What `act` makes of each, in order, with so many under way at once. */
export async function someAtOnce<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<readonly R[]> {
  const made: R[] = []
  let next = 0
  async function work(): Promise<void> {
    while (next < all.length) {
      const at = next++
      made[at] = await act(all[at]!)
    }
  }
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work))
  return made
}
