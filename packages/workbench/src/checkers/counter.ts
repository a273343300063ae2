import { isOk, operationsOf, type History, type Operation } from '../run/history.ts'
import { verdictOf, type Verdict } from '../run/verdict.ts'

/**
 * Every final read is the sum of all acknowledged additions, plus any of those of which nobody knows whether they happened.
 * Other reads may be old, and are not looked at.
 */
export function checkCounter(history: History): Verdict {
  const operations = operationsOf(history)
  const adds = operations.filter(({ invoke }) => invoke.f === 'add')
  const certain = adds.filter(isOk).reduce((sum, add) => sum + deltaOf(add), 0)
  const uncertain = adds.filter(({ completion }) => completion === undefined || completion.type === 'info')
  const acceptable = sumsOf(certain, uncertain.map(deltaOf))
  const finals = operations.filter(({ invoke }) => invoke.isFinal && invoke.f === 'read').filter(isOk)
  const wrong = finals.filter(({ completion }) => !acceptable.has(completion.value as number))
  const verdict = verdictOf(
    wrong.map(({ invoke, completion }) => ({
      kind: 'wrong-sum',
      words:
        `The final read of ${invoke.node} says ${String(completion.value)}. Acknowledged additions make ${certain}` +
        `${uncertain.length > 0 ? `; with those of which nobody knows, it may be ${spanOf(acceptable)}` : ''}.`,
      events: [invoke.index, completion.index],
    })),
    {
      'final-reads': finals.map(({ completion }) => completion.value),
      acceptable: spanOf(acceptable),
      'uncertain-count': uncertain.length,
    },
  )
  if (verdict.valid !== true || finals.length > 0) return verdict
  return { ...verdict, valid: 'unknown', doubt: 'No final read was answered.' }
}

function deltaOf({ invoke }: Operation): number {
  return invoke.value as number
}

/** All that the certain sum and any of the uncertain deltas can make. */
function sumsOf(certain: number, uncertain: readonly number[]): ReadonlySet<number> {
  let sums = new Set([certain])
  for (const delta of uncertain) sums = sums.union(new Set([...sums].map((sum) => sum + delta)))
  return sums
}

function spanOf(sums: ReadonlySet<number>): string {
  const sorted = [...sums].toSorted((a, b) => a - b)
  const [least, most] = [sorted[0]!, sorted.at(-1)!]
  if (sorted.length === 1) return String(least)
  return most - least + 1 === sorted.length ? `${least} to ${most}` : sorted.join(', ')
}
