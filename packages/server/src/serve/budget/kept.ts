import { NOTHING, type BudgetState, type Counts, type Sizes, type Tally } from './machine.ts'

/** What is used so far, as it is kept for the next start. */
export interface KeptBudget {
  readonly state: BudgetState
  readonly people: { readonly day: Uint8Array; readonly month: Uint8Array }
}

interface Written extends Pick<BudgetState, 'day' | 'month' | 'sizes' | 'override'> {
  readonly version: number
  readonly people: { readonly day: string; readonly month: string }
}

const VERSION = 1

export function writeKept({ state, people }: KeptBudget): string {
  const { day, month, sizes, override } = state
  const encoded = { day: toBase64(people.day), month: toBase64(people.month) }
  return `${JSON.stringify({ version: VERSION, day, month, sizes, override, people: encoded })}\n`
}

/**
 * Undefined where it is not what `writeKept` wrote. What is shed is not kept: the limits may be others now, and the first
 * measurement says it anew.
 */
export function readKept(text: string): KeptBudget | undefined {
  try {
    // Each part is looked at before it is believed.
    const { version, day, month, sizes, override, people } = JSON.parse(text) as Written
    if (version !== VERSION) return undefined
    return {
      state: {
        day: tallyIn(day),
        month: tallyIn(month),
        sizes: sizesIn(sizes),
        override: override && { fromMs: amountIn(override.fromMs), untilMs: amountIn(override.untilMs) },
        shed: 0,
        warned: [],
      },
      people: { day: Buffer.from(people.day, 'base64'), month: Buffer.from(people.month, 'base64') },
    }
  } catch {
    return undefined
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function tallyIn(given: Tally): Tally {
  const names = Object.keys(NOTHING) as (keyof Counts)[]
  const counts = Object.fromEntries(names.map((name) => [name, amountIn(given.counts[name])])) as unknown as Counts
  return { startMs: amountIn(given.startMs), counts, base: sizesIn(given.base) }
}

function sizesIn({ disk, log }: Sizes): Sizes {
  return {
    ...(disk !== undefined && { disk: amountIn(disk) }),
    ...(log !== undefined && { log: amountIn(log) }),
  }
}

function amountIn(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new Error('not an amount')
  return value
}
