import { isOk, operationsOf, type History, type HistoryEvent, type Operation } from '../run/history.ts'
import { verdictOf, type Anomaly, type Verdict } from '../run/verdict.ts'
import { keyOf } from '../services/key-value.ts'

const QUANTILES = [0, 0.5, 0.95, 0.99, 1] as const
const WORST_SHOWN_MAX = 8

/** What the reads say about one element that somebody tried to add. */
interface ElementStory {
  readonly element: unknown
  readonly add: Operation
  /** When it was first certain that it is there: its acknowledgement, or the end of the first read that shows it. */
  known: HistoryEvent | undefined
  /** The read, by its invocation, that last showed it, and the one that last did not. */
  lastPresent: HistoryEvent | undefined
  lastAbsent: HistoryEvent | undefined
}

type Fate = 'stable' | 'lost' | 'never-read'

/**
 * Jepsen's set-full, with its arithmetic: an element is *stable* if the last read that shows it was invoked after the last
 * that does not, *lost* if it was known and then a read that was invoked later, the last to say anything, does not show it.
 * How long a stable one was still missing after it was known is its latency. Beyond Jepsen's, elements that nobody added and
 * those that a read shows twice are anomalies.
 */
export function checkSetFull(history: History): Verdict {
  const operations = operationsOf(history)
  const stories = new Map<string, ElementStory>()
  const anomalies: Anomaly[] = []
  for (const add of operations.filter(({ invoke }) => invoke.f === 'add')) {
    const known = isOk(add) ? add.completion : undefined
    stories.set(keyOf(add.invoke.value), {
      element: add.invoke.value,
      add,
      known,
      lastPresent: undefined,
      lastAbsent: undefined,
    })
  }
  for (const read of operations.filter(({ invoke }) => invoke.f === 'read').filter(isOk)) {
    anomalies.push(...hearRead(read, stories))
  }
  return verdictOn([...stories.values()], anomalies)
}

function hearRead(
  read: Operation & { completion: HistoryEvent },
  stories: ReadonlyMap<string, ElementStory>,
): Anomaly[] {
  const { invoke, completion } = read
  const anomalies: Anomaly[] = []
  const shown = new Set<string>()
  for (const element of completion.value as readonly unknown[]) {
    const key = keyOf(element)
    const story = stories.get(key)
    const events = [...(story ? [story.add.invoke.index] : []), invoke.index, completion.index]
    const isEarly = story !== undefined && story.add.invoke.index > completion.index
    if (!story || isEarly) {
      anomalies.push({
        kind: 'invented',
        words: `A read of ${invoke.node} shows ${key}, which nobody had added.`,
        events,
      })
    } else if (shown.has(key)) {
      anomalies.push({ kind: 'duplicate', words: `A read of ${invoke.node} shows ${key} more than once.`, events })
    } else if (!story.known || completion.index < story.known.index) story.known = completion
    shown.add(key)
  }
  for (const [key, story] of stories) {
    // Nothing can be said of an element by a read that began before it was asked for.
    if (story.add.invoke.index > completion.index) continue
    if (shown.has(key)) {
      if (!story.lastPresent || invoke.index > story.lastPresent.index) story.lastPresent = invoke
    } else if (story.add.invoke.index < invoke.index && (!story.lastAbsent || invoke.index > story.lastAbsent.index)) {
      story.lastAbsent = invoke
    }
  }
  return anomalies
}

function fateOf({ known, lastPresent, lastAbsent }: ElementStory): Fate {
  if (lastPresent && lastPresent.index > (lastAbsent?.index ?? -1)) return 'stable'
  if (known && lastAbsent && lastAbsent.index > (lastPresent?.index ?? -1) && lastAbsent.index > known.index)
    return 'lost'
  return 'never-read'
}

/** Milliseconds from knowing to the last read that missed it. */
function latencyOf({ known, lastAbsent }: ElementStory): number {
  if (!known || !lastAbsent) return 0
  return Math.max(0, Math.floor(lastAbsent.timeMs - known.timeMs))
}

function verdictOn(stories: readonly ElementStory[], found: readonly Anomaly[]): Verdict {
  const byFate = Object.groupBy(stories, fateOf)
  const { stable = [], lost = [] } = byFate
  const stale = stable.filter((story) => latencyOf(story) > 0)
  const latencies = stable.map(latencyOf)
  const verdict = verdictOf([...lost.map(lossOf), ...found], {
    'attempt-count': stories.length,
    'acknowledged-count': stories.filter(({ add }) => isOk(add)).length,
    'stable-count': stable.length,
    'stale-count': stale.length,
    'lost-count': lost.length,
    lost: lost.map(({ element }) => element),
    'never-read-count': byFate['never-read']?.length ?? 0,
    'never-read': byFate['never-read']?.map(({ element }) => element) ?? [],
    'duplicated-count': found.filter(({ kind }) => kind === 'duplicate').length,
    'stable-latencies': quantilesOf(latencies),
    'worst-stale': stale
      .toSorted((a, b) => latencyOf(b) - latencyOf(a))
      .slice(0, WORST_SHOWN_MAX)
      .map((story) => ({ element: story.element, 'stable-latency': latencyOf(story) })),
  })
  if (verdict.valid !== true || stable.length > 0) return verdict
  return { ...verdict, valid: 'unknown', doubt: 'No element was seen to stay, so nothing is known about any.' }
}

function lossOf({ element, add, known, lastPresent, lastAbsent }: ElementStory): Anomaly {
  const { index, timeMs } = known!
  const isAcknowledged = add.completion?.index === index
  const seen = lastPresent
    ? `It was last seen at ${lastPresent.node} (${seconds(lastPresent)}).`
    : 'No read ever showed it.'
  const words = `${JSON.stringify(element)} was lost: ${
    isAcknowledged ? `${add.invoke.node} acknowledged it` : 'a read showed it'
  } at ${(timeMs / 1_000).toFixed(3)} s, and a read of ${lastAbsent!.node} that was asked later (${seconds(lastAbsent!)}) does not show it. ${seen}`
  return {
    kind: 'lost',
    words,
    events: [add.invoke.index, index, ...(lastPresent ? [lastPresent.index] : []), lastAbsent!.index],
  }
}

function seconds({ timeMs }: HistoryEvent): string {
  return `${(timeMs / 1_000).toFixed(3)} s`
}

/** Jepsen's quantiles: `sorted[min(n − 1, ⌊n·q⌋)]`. */
export function quantilesOf(values: readonly number[]): Readonly<Record<string, number>> {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return {}
  return Object.fromEntries(
    QUANTILES.map((q) => [String(q), sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!]),
  )
}
