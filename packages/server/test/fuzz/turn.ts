/** One turn: a mutant is made from two numbers, judged in measured time, and the verdict is checked. */
import type { Corpus, Seed } from './corpus.ts'
import { diceOf } from './dice.ts'
import type { Mutant, Target, Verdict } from './target.ts'

/**
 * One mutant that takes more of the CPU shows a way to hold us up. The dearest honest one takes 60 to 170, and was seen
 * to take 409 where both cores were shared by many; what grows faster than its size takes seconds.
 */
export const MUTANT_CPU_MS_MAX = 800
/**
 * A machine whose cores are shared counts more for the same work, now and then and never less: of so many more
 * measurements the least decides.
 */
const MEASUREMENTS = 5

/** What came of one turn. */
export interface Turn {
  readonly mutant: Mutant
  /** Undefined where the judge threw. */
  readonly said: string | undefined
  readonly cpuMs: number
  /** What is wrong, in words; undefined where nothing is. */
  readonly fault: string | undefined
}

/** A target with its seeds, ready for any turn of any campaign. */
export interface Range {
  readonly target: Target
  mutant(seed: number, turn: number): Promise<Mutant>
  shoot(seed: number, turn: number): Promise<Turn>
  /** The same for bytes that are there already. */
  examine(mutant: Mutant, genuine?: Seed): Promise<Turn>
}

export function openRange(target: Target, corpus: Corpus): Range {
  const seeds = target.seeds(corpus)
  const genuine = new Map<Seed, Verdict>()

  async function saidOf(seed: Seed): Promise<Verdict> {
    const known = genuine.get(seed) ?? (await target.judge(seed, corpus))
    genuine.set(seed, known)
    return known
  }

  async function throwDice(campaign: number, turn: number): Promise<{ seed: Seed; mutant: Mutant }> {
    const dice = diceOf(campaign, turn)
    const [seed, other] = [dice.one(seeds), dice.one(seeds)]
    return { seed, mutant: await target.mutate({ corpus, seed, other, dice }) }
  }

  async function examine(mutant: Mutant, seed: Seed = mutant): Promise<Turn> {
    let verdict: Verdict
    let cpuMs = 0
    try {
      ;({ verdict, cpuMs } = await timed(mutant))
      if (cpuMs > MUTANT_CPU_MS_MAX) cpuMs = await least(mutant)
    } catch (error) {
      return { mutant, said: undefined, cpuMs, fault: `throws ${firstLines(error)}` }
    }
    const { said } = verdict
    if (cpuMs > MUTANT_CPU_MS_MAX) return { mutant, said, cpuMs, fault: `takes ${cpuMs.toFixed(0)} ms of the CPU` }
    try {
      await target.check?.(mutant, verdict, await saidOf(seed), corpus)
    } catch (error) {
      return { mutant, said, cpuMs, fault: `says "${said}", which is not right: ${firstLines(error)}` }
    }
    return { mutant, said, cpuMs, fault: undefined }
  }

  async function timed(seed: Seed): Promise<{ verdict: Verdict; cpuMs: number }> {
    const before = process.threadCpuUsage()
    const verdict = await target.judge(seed, corpus)
    const { user, system } = process.threadCpuUsage(before)
    return { verdict, cpuMs: (user + system) / 1_000 }
  }

  async function least(seed: Seed): Promise<number> {
    let cpuMs = Infinity
    for (let left = MEASUREMENTS; left > 0; left--) cpuMs = Math.min(cpuMs, (await timed(seed)).cpuMs)
    return cpuMs
  }

  return {
    target,
    examine,
    mutant: async (campaign, turn) => (await throwDice(campaign, turn)).mutant,
    async shoot(campaign, turn) {
      const { seed, mutant } = await throwDice(campaign, turn)
      return examine(mutant, seed)
    },
  }
}

/** The message and where it came from; not the stranger's bytes that an assertion would print. */
function firstLines(error: unknown): string {
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n').slice(0, 6).join('\n')
}
