import fc from 'fast-check'
import { execFileSync } from 'node:child_process'

/*
 * Loaded before any test. A commit's property tests look at the same examples wherever they run, and the next commit's at
 * others: what was green is green again, and what fails does so for everybody. PROPERTY_SEED=N takes other ones,
 * PROPERTY_SEED=random others each time.
 */

/** fast-check's seeds are signed numbers of 32 bits. */
const SEED_MODULUS = 2 ** 31

const asked = process.env['PROPERTY_SEED'] || seedOfCommit()
if (asked !== 'random') {
  const seed = Number(asked)
  if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED: "${asked}" is neither a whole number nor "random"`)
  fc.configureGlobal({ seed })
}

function seedOfCommit(): string {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return String(Number.parseInt(commit.slice(0, 8), 16) % SEED_MODULUS)
  } catch {
    // Not a checkout of git, or none that it may read.
    return 'random'
  }
}
