/** What a target is: a parser of strangers' bytes, the mutants thrown at it, and what must hold of its verdicts. */
import type { Corpus, Seed } from './corpus.ts'
import type { Dice } from './dice.ts'

/** One parser of strangers' bytes under test: where its mutants come from, what it says, and what must hold of that. */
export interface Target {
  readonly name: string
  /** One line, for `--help`. */
  readonly about: string
  seeds(corpus: Corpus): readonly Seed[]
  mutate(scene: Scene): Mutant | Promise<Mutant>
  /** What the code under test says. It may not throw, and only this is timed. */
  judge(seed: Seed, corpus: Corpus): Verdict | Promise<Verdict>
  /** Throws where what was said cannot be right. `genuine`: what was said of the seed. */
  check?(mutant: Mutant, verdict: Verdict, genuine: Verdict, corpus: Corpus): void | Promise<void>
  /** What the campaign in `npm test` must hear at least once; a mutator that has gone stale is noticed by it. */
  readonly reaches: readonly string[]
  /** Mutants of the campaign in `npm test`. */
  readonly turns: number
}

export interface Scene {
  readonly corpus: Corpus
  readonly seed: Seed
  /** Another of the target's seeds, for grafts. */
  readonly other: Seed
  readonly dice: Dice
}

export interface Mutant extends Seed {
  /** The mutators that made it. */
  readonly by: string
  /**
   * 'raw': changed without regard to hashes and signatures: what holds all the same says what it said before.
   * 'sealed': whole again and signed again, so it may hold and say something else.
   * 'harmless': changed in what means nothing; it must hold and say what it said.
   */
  readonly kind: 'raw' | 'sealed' | 'harmless'
}

export interface Verdict {
  /** A reason for a refusal, or in a word what it was taken for. */
  readonly said: string
  /** All that matters of what it was taken for, comparable by `assert.deepEqual`. */
  readonly meaning?: unknown
}
