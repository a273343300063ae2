import { isOk, type Operation } from '../run/history.ts'
import type { Anomaly } from '../run/verdict.ts'
import type { Assigned, Polled } from '../workloads/kafka.ts'

interface Commit {
  readonly operation: Operation
  readonly offset: number
  readonly isAcknowledged: boolean
}

/**
 * What is listed as committed was committed by somebody, and by nobody whose commit is certainly over: a higher one that began after
 * it had ended and was acknowledged before the list was asked for. That holds whether a node keeps the highest or the last.
 */
export function checkCommits(operations: readonly Operation[]): readonly Anomaly[] {
  const ended = operations.filter(isOk)
  const commits = new Map<string, Commit[]>()
  for (const operation of ended.filter(({ invoke }) => invoke.f === 'poll')) {
    const { committing = {}, isCommitted = false } = operation.completion.value as Partial<Polled>
    for (const [key, offset] of Object.entries(committing)) {
      const ofKey = commits.get(key) ?? []
      ofKey.push({ operation, offset, isAcknowledged: isCommitted })
      commits.set(key, ofKey)
    }
  }
  return ended
    .filter(({ invoke }) => invoke.f === 'assign')
    .flatMap((list) => {
      const { keys, listed } = list.completion.value as Assigned
      return keys.flatMap((key) => wrongListing(list, key, { listed: listed[key], commits: commits.get(key) ?? [] }))
    })
}

function wrongListing(
  list: Operation,
  key: string,
  { listed, commits }: { readonly listed: number | undefined; readonly commits: readonly Commit[] },
): readonly Anomaly[] {
  const [from, to] = [list.invoke.index, list.completion!.index]
  const acknowledged = commits.filter(
    ({ operation, isAcknowledged }) => isAcknowledged && operation.completion!.index < from,
  )
  const about = (kind: string, words: string, commit?: Commit): readonly Anomaly[] => [
    {
      kind,
      words: `${list.invoke.node} ${words}`,
      events: [...(commit ? [commit.operation.invoke.index] : []), from, to],
    },
  ]
  if (listed === undefined) {
    const [lost] = acknowledged
    return lost
      ? about('lost-commit', `lists no committed offset of key ${key}, though ${lost.offset} was committed.`, lost)
      : []
  }
  const same = commits.filter(({ operation, offset }) => offset === listed && operation.invoke.index < to)
  if (same.length === 0)
    return about('invented-commit', `lists the offset ${listed} of key ${key}, which nobody had committed.`)
  const lastEnd = Math.max(...same.map(({ operation }) => operation.completion!.index))
  const lost = acknowledged.find(({ operation, offset }) => offset > listed && operation.invoke.index > lastEnd)
  return lost
    ? about('lost-commit', `lists the offset ${listed} of key ${key}, though ${lost.offset} was committed later.`, lost)
    : []
}
