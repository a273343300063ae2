/** Work of which any number of items can be done, each about as heavy as the others. */
export interface Work {
  /** Does the next item; throws where it doesn't come out as it should. */
  next(): void | Promise<void>
}

/** Items between two looks at the clock. */
const BATCH = 16
/**
 * Before each measurement, untimed: a server does the same all day, while here others have their turn in between, and
 * their garbage collections throw the code away that was compiled for this one.
 */
const WARM_MS = 150

/** Microseconds of CPU time for one item, over at least so many milliseconds. */
export async function microsEach(work: Work, timedMs: number): Promise<number> {
  await workFor(work, WARM_MS)
  return workFor(work, timedMs)
}

async function workFor(work: Work, atLeastMs: number): Promise<number> {
  const from = cpuMicros()
  for (let items = BATCH; ; items += BATCH) {
    for (let item = 0; item < BATCH; item++) {
      const pending = work.next()
      if (pending) await pending
    }
    const micros = cpuMicros() - from
    if (micros >= 1_000 * atLeastMs) return micros / items
  }
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Goes through the items from the first to the last, and over again. */
export function round<Item>(items: readonly Item[]): () => Item {
  let at = 0
  return () => items[at++ % items.length]!
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
