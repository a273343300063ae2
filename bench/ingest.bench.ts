import { endToEnd } from './ingest/end-to-end.ts'
import { kill9 } from './ingest/kill9.ts'
import { peakHour } from './ingest/peak-hour.ts'
import { verification } from './ingest/verification.ts'
import type { Bench, Figure } from './main.ts'

const PARTS = { verification, 'end-to-end': endToEnd, 'peak-hour': peakHour, kill9 }

/** Taking messages of hosts in, part by part. */
export const bench: Bench = {
  about: 'from messages of hosts to the read model, beside the published parts of the network in the same run',
  parts: Object.keys(PARTS),
  async run({ only, ...options }): Promise<readonly Figure[]> {
    const figures: Figure[] = []
    for (const [name, part] of Object.entries(PARTS)) {
      if (only === undefined || only === name) figures.push(...(await part(options)))
    }
    return figures
  },
}
