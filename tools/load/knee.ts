/** How the knee is looked for: the highest load at which the promise holds. */
export interface KneeOptions {
  /** Load to begin with. */
  readonly first: number
  /** Each next one is so many times the last, until one breaks. */
  readonly factor: number
  /** Where the highest that holds and the lowest that breaks differ by no more than this share, that is the knee. */
  readonly precision: number
  readonly measurementsMax: number
}

export interface Knee {
  /** 0: the promise holds nowhere. */
  readonly holdsAt: number
  /** Undefined: nothing was found that breaks it. */
  readonly breaksAt: number | undefined
  readonly measurements: number
  /** Why it is over. */
  readonly because: 'found' | 'no more measurements'
}

/** Below this share of the first load nothing is tried any more. */
const FIRST_SHARE_MIN = 1 / 64

/**
 * Raises the load step by step until the promise breaks, and halves the distance from there. `measure` answers whether
 * it holds at a load; undefined: there is nothing more to be had. Neighbours on the machine can only make a step worse, so
 * one that breaks is asked once more, and breaks where it does so twice.
 */
export async function findKnee(
  measure: (load: number) => Promise<boolean | undefined>,
  { first, factor, precision, measurementsMax }: KneeOptions,
): Promise<Knee> {
  let [low, high]: [number, number | undefined] = [0, undefined]
  let measurements = 0
  const knee = (because: Knee['because']): Knee => ({ holdsAt: low, breaksAt: high, measurements, because })

  /** Undefined: it must end here. */
  async function holds(load: number): Promise<boolean | undefined> {
    for (let again = 0; again < 2; again++) {
      if (measurements >= measurementsMax) return undefined
      const found = await measure(load)
      if (found === undefined) return undefined
      measurements++
      if (found) return true
    }
    return false
  }

  for (let load = first; ;) {
    const found = await holds(load)
    if (found === undefined) return knee('no more measurements')
    if (found) low = load
    else high = load
    if (high !== undefined && low > 0 && high / low <= 1 + precision) return knee('found')
    if (high !== undefined && low === 0 && high < first * FIRST_SHARE_MIN) return knee('found')
    if (high === undefined) load *= factor
    else load = low === 0 ? high / 2 : Math.sqrt(low * high)
  }
}
