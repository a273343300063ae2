import { decodeFrame } from '../packages/server/src/wire/decode-frame.ts'
import { decodeOnly, ours, stock, type Contender } from './ingest/contenders.ts'
import { makeForeign, makeMaterial } from './ingest/material.ts'
import type { Bench, Figure } from './main.ts'

const ROUNDS = 5

/** Verifying recorded commits on one core, ours beside the network's published consumer, the same messages in one run. */
export const bench: Bench = {
  about: 'verification of recorded commits, in CPU time, alternating with @atproto/sync in one run',
  async run({ full, note }): Promise<readonly Figure[]> {
    const material = await makeMaterial({ people: 60, commits: full ? 6_000 : 1_500 })
    const foreign = await makeForeign({ people: 30, commits: full ? 6_000 : 1_500 })
    note(material.about)
    note(foreign.about)
    const contenders = [ours(material), stock(material), decodeOnly()]
    const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]))
    const notOurs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      // In turn, so that a machine that slows down slows everybody down.
      for (const contender of contenders) {
        // The slow one gets a part of the work: rates are per message.
        const frames =
          contender.name === 'waypost' ? material.frames : material.frames.slice(0, material.frames.length / 3)
        rates.get(contender.name)!.push(await ratePerCpuSecond(contender, frames))
      }
      notOurs.push(await ratePerCpuSecond(decoder, foreign.frames))
    }
    const [mine, theirs, decoded] = contenders.map(({ name }) => median(rates.get(name)!))
    return [
      { name: 'verified_per_cpu_s', value: mine!, unit: 'commits' },
      { name: 'atproto_sync_per_cpu_s', value: theirs!, unit: 'commits' },
      { name: 'atcute_decode_per_cpu_s', value: decoded!, unit: 'frames' },
      { name: 'verified_vs_atproto', value: mine! / theirs!, unit: '×', goal: '≥ 15' },
      { name: 'not_ours_per_cpu_s', value: median(notOurs), unit: 'frames', goal: '≥ 100,000' },
    ]
  },
}

/** What a frame costs that is nobody's business here: it is decoded, without its blocks, and dropped. */
const decoder: Contender = {
  name: 'decodeFrame',
  async take(bytes) {
    if (!decodeFrame(bytes).ok) throw new Error('a recorded frame was refused')
  },
}

async function ratePerCpuSecond(contender: Contender, frames: readonly Uint8Array[]): Promise<number> {
  globalThis.gc?.()
  const before = process.cpuUsage()
  for (const frame of frames) await contender.take(frame)
  const { user, system } = process.cpuUsage(before)
  return frames.length / ((user + system) / 1_000_000)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
