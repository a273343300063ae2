import { verification } from './ingest/verification.ts'
import type { Bench, Figure } from './main.ts'

const PARTS = [verification]

/** Taking messages of hosts in, part by part. */
export const bench: Bench = {
  about: 'taking recorded messages in, beside the published parts of the network in the same run',
  async run(options): Promise<readonly Figure[]> {
    const figures: Figure[] = []
    for (const part of PARTS) figures.push(...(await part(options)))
    return figures
  },
}
