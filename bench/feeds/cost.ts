/** Seconds. */
export interface Cost {
  readonly cpu: number
  readonly wall: number
}

/** What an act takes of this process, with all its threads, and by the clock. */
export async function costOf(act: () => void | Promise<void>): Promise<Cost> {
  const start = performance.now()
  const before = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1_000_000, wall: (performance.now() - start) / 1_000 }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
