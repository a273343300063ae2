import type { Network, Telling } from './material.ts'
import { cpuSecondsOf } from '../proc.ts'
import type { Side } from './sides.ts'

/** Records a second. */
export interface Rate {
  readonly ofCpu: number
  readonly ofClock: number
}

const LOOK_EVERY_MS = 25
const INDEXED_MS_MAX = 600_000

/** Everybody joins. */
export async function openAll(sides: readonly Side[]): Promise<void> {
  for (const side of sides) {
    await side.teller.open()
    await until(`${side.name} knows everybody`, () => side.isOpen())
    await side.settle()
  }
}

/**
 * What each side takes in of so many records that were signed before, by turns and all at once; one answer a round. The
 * first round warms up and is not among them.
 */
export async function timeIndexed(
  sides: readonly Side[],
  network: Network,
  { records, rounds }: { records: number; rounds: number },
): Promise<Readonly<Record<Telling, readonly Rate[]>>> {
  const rates: Record<Telling, Rate[]> = { waypost: [], bsky: [] }
  for (let round = 0; round <= rounds; round++) {
    const sayings = network.say(records)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const frames = await side.teller.sign(sayings)
      const cpu = cpuSecondsOf(side.pids)
      const from = performance.now()
      for (const frame of frames) await side.teller.host.emit({ kind: 'raw', frame })
      await untilIndexed(side, network)
      const seconds = (performance.now() - from) / 1_000
      await side.settle()
      if (round === 0) continue
      rates[side.name].push({ ofCpu: records / (cpuSecondsOf(side.pids) - cpu), ofClock: records / seconds })
    }
  }
  return rates
}

/** Until a side has taken in all that was said. */
export async function untilIndexed(side: Side, { said }: Network): Promise<void> {
  await until(`${side.name} has all ${said}`, async () => (await side.indexed()) >= said)
}

/** Rejects where it takes too long. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + INDEXED_MS_MAX
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${INDEXED_MS_MAX} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
