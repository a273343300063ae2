import type { Bench, BenchOptions, Figure } from './main.ts'
import { nearby } from './places/nearby.ts'
import { search } from './places/search.ts'

const PARTS: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Figure[]>>> = { nearby, search }

export const bench: Bench = {
  about: 'places: the nearest of 1,000,000 points, side by side with others; search over all places of the datasets',
  parts: Object.keys(PARTS),
  async run({ only, ...options }): Promise<readonly Figure[]> {
    const figures: Figure[] = []
    for (const [part, run] of Object.entries(PARTS)) {
      if (only === undefined || only === part) figures.push(...(await run(options)))
    }
    return figures
  },
}
