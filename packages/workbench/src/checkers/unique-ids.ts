import { isOk, operationsOf, type History, type HistoryEvent } from '../run/history.ts'
import { verdictOf, type Verdict } from '../run/verdict.ts'
import { keyOf } from '../services/key-value.ts'

/** All acknowledged ids are different. Ids are any JSON. */
export function checkUniqueIds(history: History): Verdict {
  const operations = operationsOf(history)
  const givenOut = new Map<string, HistoryEvent[]>()
  for (const { completion } of operations.filter(isOk)) {
    const id = keyOf(completion.value)
    const events = givenOut.get(id) ?? []
    events.push(completion)
    givenOut.set(id, events)
  }
  const repeated = [...givenOut].filter(([, events]) => events.length > 1)
  return verdictOf(
    repeated.map(([id, events]) => ({
      kind: 'duplicate-id',
      words: `The id ${id} was given out ${events.length} times, by ${[...new Set(events.map(({ node }) => node))].join(' and ')}.`,
      events: events.map(({ index }) => index),
    })),
    {
      'attempted-count': operations.length,
      'acknowledged-count': operations.filter(isOk).length,
      'duplicated-count': repeated.length,
    },
  )
}
