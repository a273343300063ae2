/** Calls that concern one key, one after the other; those of different keys at once. */
export interface Turns {
  take<T>(key: string, act: () => Promise<T>): Promise<T>
  /** Resolves when all that were taken are over. */
  over(): Promise<void>
}

export function createTurns(): Turns {
  /** For each key the end of the turn taken last; it never rejects. */
  const ends = new Map<string, Promise<unknown>>()
  return {
    async take(key, act) {
      const before = ends.get(key)
      const { promise, resolve } = Promise.withResolvers<void>()
      ends.set(key, promise)
      try {
        await before
        return await act()
      } finally {
        resolve()
        if (ends.get(key) === promise) ends.delete(key)
      }
    },
    async over() {
      await Promise.all(ends.values())
    },
  }
}
