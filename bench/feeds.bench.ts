import { fanOut } from './feeds/fanout.ts'
import { pages } from './feeds/pages.ts'
import { rebuilding } from './feeds/rebuild.ts'
import { service } from './feeds/service.ts'
import type { Bench, BenchOptions, Figure } from './main.ts'

const PARTS: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Figure[]>>> = {
  fanout: fanOut,
  pages,
  rebuild: rebuilding,
  service,
}

export const bench: Bench = {
  about: 'feeds: what a network of 1,000,000 check-ins and 2,000,000 follows costs (a 25th of it without --full)',
  parts: Object.keys(PARTS),
  async run({ only, ...options }): Promise<readonly Figure[]> {
    const figures: Figure[] = []
    for (const [part, run] of Object.entries(PARTS)) {
      if (only === undefined || only === part) figures.push(...(await run(options)))
    }
    return figures
  },
}
